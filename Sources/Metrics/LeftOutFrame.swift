// LeftOutFrame.swift — a frame of a dataset that could not be judged, as results list it.

/// A frame that no measure is about, because it could not be read.
public struct LeftOutFrame: Codable, Equatable, Sendable {
    public var method: String
    public var video: String
    /// The frame's number in its video.
    public var frame: Int
    /// Where the video came from, as the dataset says.
    public var source: String
    public var reason: String

    public init(method: String, video: String, frame: Int, source: String, reason: String) {
        self.method = method
        self.video = video
        self.frame = frame
        self.source = source
        self.reason = reason
    }
}
