// SkippedFrame.swift — a frame that did not get into a dataset, and why.

import ForeignFiles

/// One line of the list of what was left out.
public struct SkippedFrame: Codable, Equatable, Sendable {
    /// The picture's or video's file.
    public var file: String
    /// Method and name of the video.
    public var video: String
    /// The frame's number in it.
    public var frame: Int64
    public var reason: String

    public init(file: String, video: String, frame: some BinaryInteger, reason: String) {
        self.file = file
        self.video = video
        self.frame = Int64(frame)
        self.reason = reason
    }

    /// A file that is not one of a video's frames: no video, and the frame −1.
    public init(_ file: UnreadFile) { self.init(file: file.file, video: "", frame: -1, reason: file.reason) }
}
