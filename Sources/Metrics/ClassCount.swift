// ClassCount.swift — how many frames and videos of each class there are.

/// Frames and videos of one class of one method.
public struct ClassCount: Codable, Equatable, Sendable {
    public var dataset: String
    public var method: String
    public var isFake: Bool
    public var frames: Int
    public var videos: Int

    private enum CodingKeys: String, CodingKey {
        case dataset, method, frames, videos
        case isFake = "is_fake"
    }
}
