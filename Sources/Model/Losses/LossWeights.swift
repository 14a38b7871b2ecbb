// LossWeights.swift — how much each part of the total loss counts.

/// Factors of the terms in the total; the published total is the plain sum.
public struct LossWeights: Equatable, Sendable {
    public var final: Double
    public var attributes: Double
    public var transition: Double
    public var orientation: Double

    public init(
        final: Double = 1, attributes: Double = 1, transition: Double = 1, orientation: Double = 1
    ) {
        self.final = final
        self.attributes = attributes
        self.transition = transition
        self.orientation = orientation
    }
}
