// ExtractionError.swift — what can go wrong with photos, videos and landmark models, in sentences.

/// Errors of module Extraction.
public enum ExtractionError: Error, Equatable, CustomStringConvertible {
    /// The program was built without the libraries.
    case notBuiltIn(what: String)
    case badModel(path: String, reason: String)
    case unreadable(path: String, reason: String)
    /// Two sources say different things of one file.
    case contradiction(path: String, one: String, other: String)
    /// One frame of a video; those after it may be sound.
    case badFrame(path: String, number: Int, reason: String)
    case detector(reason: String)
    case badDatabase(path: String, reason: String)

    public var description: String {
        switch self {
        case .notBuiltIn(let what):
            "\(what) needs FFmpeg, dlib and LMDB, which this program was built without: install their headers (on "
                + "Debian and Ubuntu: apt-get install libdlib-dev liblmdb-dev libavformat-dev libavcodec-dev "
                + "libswscale-dev libde265-dev), then build again without BLENDWAY_EXTRACT=0. Everything else works as it is."
        case .badModel(let path, let reason):
            "\(path) is no landmark model: \(reason); give a dlib shape predictor of 68 or 81 points, such as "
                + "shape_predictor_68_face_landmarks.dat of Debian's libdlib-data."
        case .unreadable(let path, let reason):
            "\(path) cannot be used: \(reason)."
        case .contradiction(let path, let one, let other):
            "\(path): \(one), but \(other); one of the two is wrong, so nothing was extracted."
        case .badFrame(let path, let number, let reason):
            "\(path), frame \(number): \(reason)."
        case .detector(let reason):
            "dlib failed: \(reason)."
        case .badDatabase(let path, let reason):
            "\(path) is no LMDB that can be read: \(reason); give the folder that DeepfakeBench packed."
        }
    }
}
