// Softplus.swift — log(1 + eˣ) and its slope, for any finite x.

import Glibc

package enum Softplus {
    /// log(1 + eˣ): no overflow for large x, no loss of digits for very negative x.
    package static func value(_ x: Double) -> Double {
        (x > 0 ? x : 0) + log1p(exp(-abs(x)))
    }

    /// Its derivative, the sigmoid.
    package static func slope(_ x: Double) -> Double {
        guard x < 0 else { return 1 / (1 + exp(-x)) }
        let e = exp(x)
        return e / (1 + e)
    }
}
