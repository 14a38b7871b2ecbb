// EvaluationProtocol.swift — what was evaluated on: without it a number cannot be compared.

/// The conditions of a result, stated with it because they move it: the same detector scores
/// differently on 32 frames a video than on 270.
public struct EvaluationProtocol: Codable, Equatable, Sendable {
    /// Hash over the dataset's content, as stored in its file.
    public var contentHash: String
    /// `train`, `val` or `test`.
    public var split: String
    /// Frames taken of each video, at most.
    public var frames: Int
    /// Whether every frame was compared with what it was when the file was packed. Without that the hash is only
    /// what the file says of itself. nil in results of earlier releases, which never compared.
    public var framesVerified: Bool?

    public init(contentHash: String, split: String, frames: Int, framesVerified: Bool? = nil) {
        self.contentHash = contentHash
        self.split = split
        self.frames = frames
        self.framesVerified = framesVerified
    }

    private enum CodingKeys: String, CodingKey {
        case contentHash = "content_hash"
        case split, frames
        case framesVerified = "frames_verified"
    }
}
