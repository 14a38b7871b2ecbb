// Manipulation.swift — the families of deepfakes that the built-in world makes, and their strengths.
//
// Every family swaps the identity: the source person is drawn in the target's pose, expression,
// light and lens, goes through the family's "generator" (Generator.swift), is aligned to the
// target's landmarks (FaceWarp.swift) and pasted back with a mask of the family's own
// (PasteMask.swift). Noise and compression come after, for real and fake frames alike.

/// A family of identity swaps. Raw values are the method names in datasets; never rename.
public enum Manipulation: String, CaseIterable, Sendable {
    /// A bottleneck and two transposed convolutions with uneven overlap: a faint checkerboard.
    case decoder
    /// A bottleneck, bilinear upsampling and a smoothing convolution: missing detail.
    case bilinear
    /// A bottleneck and a sub-pixel shuffle whose 16 phases differ in gain and offset.
    case pixelShuffle = "pixelshuffle"
    /// The source's own picture bent onto the target's landmarks: no generator, only warping,
    /// colours and seam.
    case meshSwap = "meshswap"

    /// The families that training, validation and the seen test have.
    public static let seen: [Manipulation] = [.decoder, .bilinear]
    /// The families of the unseen test only.
    public static let unseen: [Manipulation] = [.pixelShuffle, .meshSwap]

    /// How strong a family's traces are.
    package struct Strength: Equatable, Sendable {
        /// Pixels of the frame per latent cell and side.
        package var bottleneck = 4
        /// Share of the detail lost in the bottleneck that skip connections bring back, 0…1.
        package var skip: Float
        /// Relative amplitude of the upsampling's pattern.
        package var pattern: Float
        /// Share of the difference in colour statistics that is removed when pasting, 0…1.
        package var colorMatch: Float
        /// The mask: shrinking of the face's outline towards its middle, rise over the brows in
        /// eye distances, and width of the soft edge in face widths.
        package var shrink, lift, feather: Float
    }

    package var strength: Strength {
        switch self {
        case .decoder:
            Strength(skip: 0.8, pattern: 0.014, colorMatch: 0.85, shrink: 0.90, lift: 0.30, feather: 0.10)
        case .bilinear:
            Strength(skip: 0.7, pattern: 0, colorMatch: 0.8, shrink: 0.86, lift: 0.22, feather: 0.14)
        case .pixelShuffle:
            Strength(skip: 0.93, pattern: 0.012, colorMatch: 0.9, shrink: 0.93, lift: 0.36, feather: 0.16)
        case .meshSwap:
            Strength(skip: 1, pattern: 0, colorMatch: 0.95, shrink: 0.84, lift: 0.16, feather: 0.16)
        }
    }

    /// One line on how frames of this family are made, stable from release to release.
    public var summary: String {
        let s = strength
        let latent = "bottleneck \(s.bottleneck), skip \(s.skip)"
        let how =
            switch self {
            case .decoder: "\(latent), transposed convolutions with uneven gain \(s.pattern)"
            case .bilinear: "\(latent), bilinear upsampling and smoothing"
            case .pixelShuffle: "\(latent), phases uneven by \(s.pattern)"
            case .meshSwap: "warp onto the target's landmarks, no generator"
            }
        let paste =
            "colour match \(s.colorMatch), mask shrink \(s.shrink) lift \(s.lift) feather \(s.feather)"
        return "\(rawValue): \(how); \(paste)"
    }
}
