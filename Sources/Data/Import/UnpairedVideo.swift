// UnpairedVideo.swift — a fake video whose frames, or some of them, have no real frame to go with, and why.

/// One line of the list of pairs that can't be had.
public struct UnpairedVideo: Codable, Equatable, Sendable {
    /// Method and name.
    public var video: String
    /// Frames of the fake, and those without a pair.
    public var frames: Int
    public var without: Int
    public var reason: String
}
