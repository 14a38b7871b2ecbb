// BlendError.swift — every failure of this module, and the sentence a user reads for it.

import Imaging

/// Why a blendfake can't be made.
public enum BlendError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No RGB picture of a workable size.
    case badImage(width: Int, height: Int, channels: Int)
    /// Two pictures that belong together differ in size.
    case sizeMismatch(picture: String, width: Int, height: Int, expectedWidth: Int, expectedHeight: Int)
    /// Neither 68 nor 81 landmarks.
    case badLandmarkCount(Int)
    /// A landmark is not a number, infinite, or absurdly far from the picture.
    case badLandmark(index: Int, x: Float, y: Float)
    /// All landmarks lie on one line or in one point, so that there is no face to cut out.
    case degenerateLandmarks
    /// The mask, at the stage named, has no pixel inside the picture.
    case emptyMask(stage: String)
    /// The blend left every pixel as it was: the result would be a real picture called fake.
    case nothingChanged
    /// The deepfake's frame is the real one, pixel by pixel.
    case deepfakeIsReal
    /// A recipe with a value that can't be applied.
    case badRecipe(String)
    /// An anchor was asked for without the picture that it is made from.
    case missingPicture(anchor: String, picture: String)
    /// JPEG compression failed.
    case codec(ImagingError)

    /// Whether the sample's data is at fault (put it in quarantine) rather than the caller.
    public var isBadSample: Bool {
        switch self {
        case .badRecipe, .missingPicture, .codec: false
        default: true
        }
    }

    public var description: String {
        switch self {
        case .badImage(let width, let height, let channels):
            "a face picture has \(width)×\(height) pixels and \(channels) channel(s); blending needs RGB with sides of \(ImageRange.sides.lowerBound)…\(ImageRange.sides.upperBound) pixels, so convert or crop it"
        case .sizeMismatch(let picture, let width, let height, let expectedWidth, let expectedHeight):
            "the \(picture) has \(width)×\(height) pixels and the real face \(expectedWidth)×\(expectedHeight); crop both to one size when the dataset is made"
        case .badLandmarkCount(let count):
            "a face has \(count) landmarks; extract either 68 (iBUG order) or 81 of them"
        case .badLandmark(let index, let x, let y):
            "landmark \(index) is (\(x), \(y)), which is nowhere near the picture; extract this face's landmarks again"
        case .degenerateLandmarks:
            "all landmarks lie on one line or in one point; extract this face's landmarks again"
        case .emptyMask(let stage):
            "the \(stage) mask has no pixel inside the picture; the landmarks do not fit this picture, so extract them again"
        case .nothingChanged:
            "the blend equals the real picture in every pixel, as happens with one-coloured pictures; remove this frame"
        case .deepfakeIsReal:
            "the deepfake's frame equals the real one in every pixel, so that a real picture would be called fake; remove this frame, or correct the video's target"
        case .badRecipe(let reason):
            "the blend recipe cannot be applied: \(reason); correct the recipe's JSON"
        case .missingPicture(let anchor, let picture):
            "the \(anchor) anchor was asked for without a \(picture); pass one or leave the anchor out"
        case .codec(let error):
            "JPEG compression of a training picture failed: \(error)"
        }
    }
}
