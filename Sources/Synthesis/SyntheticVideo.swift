// SyntheticVideo.swift — one video of the built-in world as a plan: who, what, by which method.

/// One planned video; frames are drawn by `SyntheticWorld.frames(of:)`.
public struct SyntheticVideo: Equatable, Sendable {
    /// Real: its number in the world ("007"). Fake: the target's and the source's ("007_012").
    /// Fakes of several methods may share a name; method and name together are unique.
    public let name: String
    /// `SyntheticWorld.realMethod`, or a `Manipulation`'s raw value.
    public let method: String
    /// 0 real, 1 fake.
    public let label: Int
    /// The person who was filmed: for fakes the target's.
    public let identity: Int
    /// For fakes the index, in the split's list, of the real video it was made from.
    public let target: Int?
    /// For fakes the index, in the split's list, of a real video of the person swapped in.
    public let source: Int?
    /// For fakes the person swapped in, and the scene of the video that their face is taken from.
    public let sourceIdentity: Int?
    public let sourceScene: Int?
    /// The scene's number: a fake has its target's.
    public let scene: Int
    /// The method as a case; none for real videos.
    public let manipulation: Manipulation?
}
