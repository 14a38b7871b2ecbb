// Bridge.swift — where on the way between two neighbours a sample's bridge lies.
// The mixing of features itself is the network's.

import Tensor

/// Draws of the mixing factor λ: a bridge is λ·F_to + (1 − λ)·F_from.
public enum Bridge {
    /// α ~ U(0.5, 2), λ ~ Beta(α, α), a pure function of the arguments. In [0, 1].
    ///
    /// The same whatever the rank, batch or anchor order that the pair occurs in.
    /// - Parameter sample: the quadruple's id, below 2⁵⁹.
    public static func lambda(seed: UInt64, epoch: Int, sample: Int, pair: AnchorPair) -> Float {
        precondition(sample >= 0 && sample < 1 << 59, "Bridge: sample \(sample) is outside 0 ..< 2^59")
        // The pair shares the counter with the sample: every (sample, pair) has its own sequence.
        var random = Philox(
            seed: seed, stream: .bridge, epoch: epoch, sample: sample << 4 | pair.code)
        let alpha = Double(random.uniform(0.5, 2))
        return random.beta(alpha, alpha)
    }

    /// One λ per sample of a batch, in the order of `samples`.
    public static func lambdas(
        seed: UInt64, epoch: Int, samples: [Int], pair: AnchorPair
    ) -> [Float] {
        samples.map { lambda(seed: seed, epoch: epoch, sample: $0, pair: pair) }
    }
}
