// AnchorBatch.swift — one rank's pooled features, and the sums over them that ranks exchange.

// n samples of this rank (may be 0), D numbers a pooled feature, K = 4 anchors.

/// A view of pooled features with the anchor of each. Sums in double, in sample order.
struct AnchorBatch {
    let features: UnsafeBufferPointer<Float>
    let anchorOfSample: [Anchor]
    let dimension: Int

    init(features: UnsafeBufferPointer<Float>, anchorOfSample: [Anchor], dimension: Int) {
        precondition(
            features.count == anchorOfSample.count * dimension,
            "AnchorBatch: \(features.count) numbers for \(anchorOfSample.count) samples of \(dimension)")
        self.features = features
        self.anchorOfSample = anchorOfSample
        self.dimension = dimension
    }

    /// Per anchor its count, then Σz: [K, 1 + D]. The sum of all ranks' vectors is that of the
    /// global batch.
    func localSums() -> [Double] {
        var sums = [Double](repeating: 0, count: Anchor.allCases.count * (dimension + 1))
        for (i, anchor) in anchorOfSample.enumerated() {
            let base = anchor.rawValue * (dimension + 1)
            sums[base] += 1
            for d in 0..<dimension { sums[base + 1 + d] += Double(features[i * dimension + d]) }
        }
        return sums
    }

    /// ⟨z_i − μ_k, u⟩, k the sample's anchor, [n]; zeros without an orientation.
    ///
    /// Centred before squaring: the difference of Σp² and (Σp)²/n would lose the variance of
    /// features that are far from the origin.
    func residuals(from global: GlobalMeans, along orientation: [Double]?) -> [Double] {
        guard let orientation else { return [Double](repeating: 0, count: anchorOfSample.count) }
        let means = Anchor.allCases.map { global.mean(of: $0) }
        return anchorOfSample.enumerated().map { i, anchor in
            let mean = means[anchor.rawValue]!  // The sample itself is in the count.
            var sum = 0.0
            for d in 0..<dimension {
                sum += (Double(features[i * dimension + d]) - mean[d]) * orientation[d]
            }
            return sum
        }
    }

    /// Σ residual² per anchor, [K].
    func localSquares(_ residuals: [Double]) -> [Double] {
        var squares = [Double](repeating: 0, count: Anchor.allCases.count)
        for (anchor, residual) in zip(anchorOfSample, residuals) {
            squares[anchor.rawValue] += residual * residual
        }
        return squares
    }

    /// gradient_i = factor_i · u, [n, D].
    func writeGradient(
        _ factors: [Double], along orientation: [Double], to gradient: UnsafeMutableBufferPointer<Float>
    ) {
        for (i, factor) in factors.enumerated() {
            for d in 0..<dimension { gradient[i * dimension + d] = Float(factor * orientation[d]) }
        }
    }

    static func dot(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
