// FeatureDistance.swift — how far features move when their picture is perturbed.

// N pictures, D numbers a pooled feature.

/// The distance behind mPD (mean perturbed distance).
///
/// With z_i the features of picture i, z′_i those of its perturbed copy and z̄ their mean,
///
///     distance = (1/N) Σ ‖z′_i − z_i‖ / S,   S² = (1/N) Σ ‖z_i − z̄‖²
///
/// so that 0 is "nothing moved" and 1 "moved as far as pictures lie from their mean". Relative to the
/// scale S, because a network is free to make all its features larger. mPD is the mean of it over the
/// perturbations and levels.
public enum FeatureDistance {
    /// - Parameters:
    ///   - features: z, [N, D].
    ///   - perturbed: z′, [N, D].
    /// - Returns: nil without pictures, or where the features don't vary.
    public static func relative(features: [Float], perturbed: [Float], dimension: Int) -> Double? {
        precondition(
            dimension > 0 && features.count == perturbed.count && features.count % dimension == 0,
            "FeatureDistance: \(features.count) and \(perturbed.count) numbers of dimension \(dimension)")
        let count = features.count / dimension
        guard count > 0 else { return nil }
        var mean = [Double](repeating: 0, count: dimension)
        for i in features.indices { mean[i % dimension] += Double(features[i]) }
        for d in mean.indices { mean[d] /= Double(count) }
        var spread = 0.0
        var moved = 0.0
        for i in 0..<count {
            var distance = 0.0
            for d in 0..<dimension {
                let z = Double(features[i * dimension + d])
                let step = Double(perturbed[i * dimension + d]) - z
                distance += step * step
                spread += (z - mean[d]) * (z - mean[d])
            }
            moved += distance.squareRoot()
        }
        let scale = (spread / Double(count)).squareRoot()
        guard scale > 0, scale.isFinite, moved.isFinite else { return nil }
        return moved / Double(count) / scale
    }
}
