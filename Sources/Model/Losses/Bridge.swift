// Bridge.swift — where on the way between two neighbours a sample's bridge lies.
// The mixing of features itself is the network's.

import Tensor

/// Draws of the mixing factor λ: a bridge is λ·F_to + (1 − λ)·F_from.
public enum Bridge {
    /// α ~ U(0.5, 2), λ ~ Beta(α, α), a pure function of the arguments. In [0, 1].
    ///
    /// The same whatever the rank, batch or anchor order that the pair occurs in.
    public static func lambda(seed: UInt64, key: SampleKey, pair: AnchorPair) -> Float {
        var random = Philox(seed: seed, stream: .bridge, key: key, variant: pair.code)
        let alpha = Double(random.uniform(0.5, 2))
        return random.beta(alpha, alpha)
    }
}
