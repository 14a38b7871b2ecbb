// GlobalPool.swift — the mean of each channel over the map.

import CKernels
import Tensor

/// `[n, h, w, c]` → `[n, 1, 1, c]`. Has no parameters; the map's size is given back to `backward`.
enum GlobalPool {
    /// Reads `x` and leaves it to the caller.
    static func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let y = context.arena.allocate(n: x.n, c: x.c)
        forSamples(x, context.pool) { bw_pool_forward(x.sample($0), y.sample($0), $1, $2) }
        return y
    }

    /// dx += dy / pixels. Reads `dy` and leaves it to the caller.
    static func backward(_ dy: Tensor, into dx: Tensor, _ context: Context) {
        forSamples(dx, context.pool) { bw_pool_backward(dy.sample($0), dx.sample($0), $1, $2) }
    }
}
