// FrameScore.swift — the input of an evaluation: scored frames and the videos that they are of.

/// The detector's answer for one frame.
public struct FrameScore: Equatable, Sendable {
    /// Probability of being fake, 0…1.
    public var score: Double
    /// The truth.
    public var isFake: Bool
    /// Place of the frame's video in the table that goes with the scores.
    public var video: Int
    /// Number of the frame in its video; decides the order in which a video's mean is summed.
    public var frame: Int

    public init(score: Double, isFake: Bool, video: Int, frame: Int) {
        self.score = score
        self.isFake = isFake
        self.video = video
        self.frame = frame
    }
}

/// What identifies a video. All three parts count: the same name under four manipulation
/// methods is four videos.
public struct VideoKey: Codable, Hashable, Sendable {
    public var dataset: String
    public var method: String
    public var name: String

    public init(dataset: String, method: String, name: String) {
        self.dataset = dataset
        self.method = method
        self.name = name
    }
}

/// The mean of a video's frame scores.
public struct VideoScore: Codable, Equatable, Sendable {
    public var video: VideoKey
    public var isFake: Bool
    public var frames: Int
    public var score: Double

    private enum CodingKeys: String, CodingKey {
        case video, frames, score
        case isFake = "is_fake"
    }
}
