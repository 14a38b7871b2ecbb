// MetricsError.swift — everything that can be wrong with scores given to this module.

/// What makes scores unusable. Each case says which score or video and what to do.
public enum MetricsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A score is NaN or infinite, at this place in the caller's array.
    case nonFiniteScore(index: Int, score: String)
    /// `scores` and `labels` of different lengths.
    case lengthMismatch(scores: Int, labels: Int)
    /// A frame names a video that the table does not have.
    case unknownVideo(frame: Int, video: Int, tableCount: Int)
    /// Frames of one video are labelled both real and fake.
    case conflictingLabels(dataset: String, method: String, video: String)

    public var description: String {
        switch self {
        case .nonFiniteScore(let index, let score):
            "score \(index) is \(score), not a number between 0 and 1; "
                + "the model's weights are probably damaged: evaluate an earlier checkpoint"
        case .lengthMismatch(let scores, let labels):
            "\(scores) scores came with \(labels) labels; give exactly one label for each score"
        case .unknownVideo(let frame, let video, let tableCount):
            "frame \(frame) belongs to video \(video), but the table has \(tableCount) videos; "
                + "the dataset is inconsistent: pack or import it again"
        case .conflictingLabels(let dataset, let method, let video):
            "video \(video) of dataset \(dataset), method \(method), has frames labelled real and "
                + "frames labelled fake; correct the labels at the import and evaluate again"
        }
    }
}
