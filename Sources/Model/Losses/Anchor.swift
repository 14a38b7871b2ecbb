// Anchor.swift — the four kinds of image that the latent space is arranged by.

/// An oriented pivot anchor. Raw values are part of the random numbers' contract: never renumber.
public enum Anchor: Int, CaseIterable, Sendable {
    case real = 0
    case selfBlended = 1
    case crossBlended = 2
    case deepfake = 3

    /// r, s, c, f: for logs and file names.
    public var letter: String {
        switch self {
        case .real: "r"
        case .selfBlended: "s"
        case .crossBlended: "c"
        case .deepfake: "f"
        }
    }

    /// Which forgery attributes an image of this kind has.
    public var targets: AttributeTargets {
        switch self {
        case .real: AttributeTargets(blending: 0, identity: 0, generation: 0)
        case .selfBlended: AttributeTargets(blending: 1, identity: 0, generation: 0)
        case .crossBlended: AttributeTargets(blending: 1, identity: 1, generation: 0)
        case .deepfake: AttributeTargets(blending: 1, identity: 1, generation: 1)
        }
    }
}
