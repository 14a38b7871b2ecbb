// OrientationReport.swift — what the orientation loss saw in one step, for the log.

/// Where the anchors of one global batch lie along the orientation. The same on every rank.
public struct OrientationReport: Sendable {
    /// The loss, unweighted; 0 while there is no orientation.
    public let loss: Double
    /// Samples per anchor over all ranks, by `Anchor.rawValue`.
    public let counts: [Int]
    /// t_k = ⟨μ_k − μ_first, u⟩ by `Anchor.rawValue`, in units of the features; nil for an anchor
    /// that no rank had, or while there is no orientation.
    public let positions: [Double?]
    /// (t_b − t_a)/σ of every neighbour pair that has both anchors.
    public let separations: [(pair: AnchorPair, value: Double)]
    /// Pooled within-anchor standard deviation along the orientation; nil without an orientation.
    public let sigma: Double?
}
