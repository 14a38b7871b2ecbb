// ImagingError.swift — every failure of this module, and the sentence a user reads for it.

import ForeignFiles

/// What can go wrong when pictures are read, written or reshaped.
public enum ImagingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file can't be opened or read.
    case unreadableFile(path: String, reason: String)
    /// The file can't be created or written.
    case unwritableFile(path: String, reason: String)
    /// The bytes are no picture of a format that is read here.
    case notAPicture(FileKind)
    /// A picture of `format`, but of a kind of it that isn't read.
    case unsupported(format: String, reason: String)
    /// The library for `format` was left out of this program.
    case notBuiltIn(format: String)
    /// The bytes claim to be of `format` but can't be decoded.
    case malformed(format: String, reason: String)
    /// The header promises more pixels than any face crop or video frame has.
    case tooLarge(format: String, width: Int, height: Int)
    /// The codec refused to encode.
    case encodingFailed(format: String, reason: String)
    /// A JPEG quality outside 1…100.
    case badQuality(Int)
    /// A target size that is no picture's size.
    case badSize(width: Int, height: Int)
    /// Landmarks that are neither 68 nor 81.
    case badLandmarkCount(Int)

    public var description: String {
        switch self {
        case .unreadableFile(let path, let reason):
            "cannot read the picture \(path): \(reason); check the path and its permissions"
        case .unwritableFile(let path, let reason):
            "cannot write the picture \(path): \(reason); check that the folder exists, is writable and has room"
        case .notAPicture(let kind):
            "it is no picture that is read here but \(kind.name)" + (kind.remedy.map { ": \($0)" } ?? "")
        case .unsupported(let format, let reason):
            "this kind of \(format) picture is not read: \(reason); convert it to PNG"
        case .notBuiltIn(let format):
            "\(format) pictures need a library that this program was built without (BLENDWAY_EXTRACT=0); build it with "
                + "the libraries, or convert them to PNG"
        case .malformed(let format, let reason):
            "the \(format) data cannot be decoded: \(reason); the file is damaged or cut short, so fetch or extract it again"
        case .tooLarge(let format, let width, let height):
            "the \(format) header promises \(width)×\(height) pixels, more than \(ImageLimits.side) a side or \(ImageLimits.pixels) in all; the file is damaged, or must be scaled down first"
        case .encodingFailed(let format, let reason):
            "the picture cannot be encoded as \(format): \(reason); check its size and the free memory"
        case .badQuality(let quality):
            "JPEG quality \(quality) is outside 1…100; choose one inside"
        case .badSize(let width, let height):
            "\(width)×\(height) is no size for a picture; both sides must be 1…\(ImageLimits.side) pixels with at most \(ImageLimits.pixels) pixels in all"
        case .badLandmarkCount(let count):
            "a face has \(count) landmarks; extract either 68 (iBUG order) or 81 of them"
        }
    }
}
