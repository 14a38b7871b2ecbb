// LossWeights.swift — how much each term counts in the total.

/// Factors of the terms in the total; the published total is the plain sum of all but orientation.
public struct LossWeights: Equatable, Sendable {
    public var final = 1.0
    /// Factor of the regularizor by heads as a whole, in every form of it.
    public var attributes = 1.0
    /// Factors of the single heads in the triplet-binary form.
    public var blending = 1.0
    public var identity = 1.0
    public var generation = 1.0
    public var transition = 1.0
    /// Factor of the regularizor on shared anchor statistics; chosen on the validation split of the built-in world.
    public var orientation = 3.0
    public init() {}
}
