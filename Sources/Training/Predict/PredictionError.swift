// PredictionError.swift — what can be wrong with pictures to be judged, in sentences.

public enum PredictionError: Error, Equatable, CustomStringConvertible {
    /// One picture; those after it may be sound.
    case unreadable(path: String, reason: String)
    /// One frame of a dataset, named in the reason; those after it may be sound.
    case badFrame(reason: String)
    /// One picture; those after it may be sound.
    case notACrop(path: String, width: Int, height: Int)
    /// The detector gives no number.
    case notFinite(file: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .badFrame(let reason): reason
        case .notACrop(let path, let width, let height):
            "\(path) has \(width)×\(height) pixels and so is no aligned face crop, which is square; give --landmarks "
                + "with a dlib landmark model to find the faces in it"
        case .notFinite(let file):
            "the score of \(file) is not finite: the checkpoint's weights are no use; take an earlier one"
        }
    }
}
