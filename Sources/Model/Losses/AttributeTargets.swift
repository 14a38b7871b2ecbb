// AttributeTargets.swift — what the three attribute heads should say of one feature map.

/// The probability that each forgery attribute is present, each in [0, 1].
public struct AttributeTargets: Equatable, Sendable {
    /// A blending boundary. Also the target of the final head.
    public var blending: Float
    /// Two identities in one face.
    public var identity: Float
    /// Traces of a generator.
    public var generation: Float

    public init(blending: Float, identity: Float, generation: Float) {
        self.blending = blending
        self.identity = identity
        self.generation = generation
    }

    /// Targets of the bridge λ·to + (1 − λ)·from: those of its ends, mixed as the features are.
    public static func bridge(_ pair: AnchorPair, lambda: Float) -> AttributeTargets {
        let a = pair.from.targets
        let b = pair.to.targets
        // a + λ(b − a), not (1−λ)a + λb: equal ends then give exactly their value.
        return AttributeTargets(
            blending: a.blending + lambda * (b.blending - a.blending),
            identity: a.identity + lambda * (b.identity - a.identity),
            generation: a.generation + lambda * (b.generation - a.generation))
    }
}
