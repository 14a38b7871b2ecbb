// Manipulation.swift — the families of deepfakes that the built-in world makes, and their strengths.
//
// Every family swaps the identity: a frame of the source person's own video is bent onto the target's
// landmarks (FaceWarp.swift), a generator of the family's own makes a face of it that has the target's
// pose, expression and light (Generators/), and the result is pasted back with matched colours and a mask
// of the family's own (PasteMask.swift). Noise and compression come after, for real and fake frames alike.

/// A family of identity swaps. Raw values are the method names in datasets; never rename.
public enum Manipulation: String, CaseIterable, Sendable {
    /// A trained decoder with transposed convolutions: uneven overlap, a faint checkerboard.
    case decoder
    /// A trained decoder with bilinear enlargement and convolutions: soft, no checkerboard.
    case bilinear
    /// A trained decoder with sub-pixel shuffles: traces of its four phases.
    case pixelShuffle = "pixelshuffle"
    /// A low-rank model of faces: what 48 components can't say is lost.
    case eigenface
    /// The source's own picture, bent: no generator, only warping, colours and seam.
    case meshSwap = "meshswap"

    /// The families that training, validation and the seen test have.
    public static let seen: [Manipulation] = [.decoder, .bilinear]
    /// The families of the unseen test only.
    public static let unseen: [Manipulation] = [.pixelShuffle, .eigenface, .meshSwap]

    /// How the face is pasted back.
    package struct Strength: Equatable, Sendable {
        /// Share of the difference in colour statistics that is removed when pasting, 0…1.
        package var colorMatch: Float
        /// The mask: shrinking of the face's outline towards its middle, rise over the brows in
        /// eye distances, and width of the soft edge in face widths.
        package var shrink, lift, feather: Float
    }

    package var strength: Strength {
        switch self {
        case .decoder: Strength(colorMatch: 0.85, shrink: 0.90, lift: 0.30, feather: 0.10)
        case .bilinear: Strength(colorMatch: 0.8, shrink: 0.86, lift: 0.22, feather: 0.14)
        case .pixelShuffle: Strength(colorMatch: 0.9, shrink: 0.93, lift: 0.36, feather: 0.16)
        case .eigenface: Strength(colorMatch: 0.9, shrink: 0.88, lift: 0.26, feather: 0.12)
        case .meshSwap: Strength(colorMatch: 0.95, shrink: 0.84, lift: 0.16, feather: 0.16)
        }
    }

    /// One line on how frames of this family are made, stable from release to release.
    public var summary: String {
        let s = strength
        let how =
            switch self {
            case .decoder: "trained encoder and decoder, transposed 3×3 convolutions"
            case .bilinear: "trained encoder and decoder, bilinear enlargement and 3×3 convolutions"
            case .pixelShuffle: "trained encoder and decoder, sub-pixel shuffles"
            case .eigenface: "projection onto \(FaceSpace.components) principal components of faces"
            case .meshSwap: "warp onto the target's landmarks, no generator"
            }
        let paste =
            "colour match \(s.colorMatch), mask shrink \(s.shrink) lift \(s.lift) feather \(s.feather)"
        return "\(rawValue): \(how); \(paste)"
    }
}
