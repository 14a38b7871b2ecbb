// AnchorStatistics.swift — running means of the anchors' features over the whole cluster's batches.
// Not the loss: that is OrientationLoss. No communication: it is fed with global means.

// D numbers of a pooled feature.

/// Exponentially averaged anchor means, and the orientation that they define.
///
/// Part of the checkpoint: every rank holds the same numbers.
public struct AnchorStatistics: Sendable {
    /// D.
    public let dimension: Int
    /// Share of the old average that an update keeps, in [0, 1).
    public let momentum: Double
    /// By `Anchor.rawValue`, [D] each; nil until the anchor was seen.
    var means: [[Double]?]

    /// - Throws: `ObjectiveError` if a number is out of range.
    public init(dimension: Int, momentum: Double) throws {
        guard dimension > 0 else {
            throw ObjectiveError.outOfRange(
                name: "anchor_statistics.dimension", value: Double(dimension), allowed: "at least 1")
        }
        guard momentum >= 0, momentum < 1 else {
            throw ObjectiveError.outOfRange(
                name: "anchor_statistics.momentum", value: momentum, allowed: "0 up to, not including, 1")
        }
        self.dimension = dimension
        self.momentum = momentum
        means = Array(repeating: nil, count: Anchor.allCases.count)
    }

    /// The running mean of an anchor, [D]; nil until it was seen.
    public func mean(of anchor: Anchor) -> [Double]? { means[anchor.rawValue] }

    /// Averages a batch's global mean in; the first one is taken as it is.
    ///
    /// A mean with a NaN or an infinity in it is left out: the step that it comes from will be
    /// voted down, and must not poison the average of all later ones.
    package mutating func update(_ anchor: Anchor, with mean: [Double]) {
        precondition(mean.count == dimension, "AnchorStatistics: mean of \(mean.count), not \(dimension)")
        guard mean.allSatisfy(\.isFinite) else { return }
        guard let old = means[anchor.rawValue] else {
            means[anchor.rawValue] = mean
            return
        }
        means[anchor.rawValue] = zip(old, mean).map { momentum * $0 + (1 - momentum) * $1 }
    }

    /// The unit vector from one anchor's running mean to another's, [D]; nil while one of them was
    /// not seen, or when they coincide to rounding.
    public func orientation(from first: Anchor, to last: Anchor) -> [Double]? {
        guard let start = mean(of: first), let end = mean(of: last) else { return nil }
        let difference = zip(start, end).map { $1 - $0 }
        let length = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let size = zip(start, end).reduce(0) { $0 + $1.0 * $1.0 + $1.1 * $1.1 }.squareRoot()
        // Below this the difference is float32 noise of the features, and its direction is chance.
        guard length > 1e-7 * size, length > 0 else { return nil }
        return difference.map { $0 / length }
    }
}
