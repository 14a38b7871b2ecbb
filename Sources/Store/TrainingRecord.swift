// TrainingRecord.swift — what a checkpoint was trained on, as hashes, and how the file holds it. Which frames and
// videos those are is told by module Data.

/// Everything that a checkpoint's weights have seen: frames by their pixels, videos and people by their names.
/// Hashes say whether something was there, and nothing of what else was.
public struct TrainingRecord: Equatable, Sendable {
    public var frames: HashSample
    public var videos: HashSample
    public var people: HashSample
    /// False where something was trained on that isn't recorded: frames of a file without hashes, or the data behind
    /// weights that training began with.
    public var isComplete: Bool

    public init(frames: HashSample, videos: HashSample, people: HashSample, isComplete: Bool) {
        self.frames = frames
        self.videos = videos
        self.people = people
        self.isComplete = isComplete
    }

    /// What both have seen.
    public func union(_ other: TrainingRecord) -> TrainingRecord {
        TrainingRecord(
            frames: frames.union(other.frames), videos: videos.union(other.videos), people: people.union(other.people),
            isComplete: isComplete && other.isComplete)
    }

    // MARK: In the file
    // The group has a hash of its own: releases that don't know the group leave it out of the checkpoint's.

    static let group = "trained_on"
    private var parts: [(name: String, sample: HashSample)] {
        [("frames", frames), ("videos", videos), ("people", people)]
    }

    private var digest: String {
        let hash = SHA256()
        hash.update("complete \(isComplete)\n")
        for (name, sample) in parts {
            hash.update("\(name) \(sample.hashes.count) \(sample.isSampled)\n")
            ShortHash.bytes(of: sample.hashes).withUnsafeBytes { hash.update($0) }
        }
        return hash.finish()
    }

    func write(to root: HDF5Group) throws {
        let group = try root.makeGroup(Self.group)
        try group.attributes.set("complete", .integer(isComplete ? 1 : 0))
        try group.attributes.set("sha256", .string(digest))
        for (name, sample) in parts {
            try ShortHash.write(sample.hashes, to: name, in: group)
                .attributes.set("sampled", .integer(sample.isSampled ? 1 : 0))
        }
    }

    /// - Throws: `StoreError.hashMismatch` and what reading throws.
    init(_ group: HDF5Group, of file: String) throws {
        func sample(_ name: String) throws -> HashSample {
            let dataset = try group.dataset(name)
            return HashSample(
                hashes: try ShortHash.read(dataset), isSampled: try dataset.attributes.integer("sampled") != 0)
        }
        self.init(
            frames: try sample("frames"), videos: try sample("videos"), people: try sample("people"),
            isComplete: try group.attributes.integer("complete") != 0)
        let stored = try group.attributes.string("sha256")
        guard stored == digest else {
            throw StoreError.hashMismatch(file: file, stored: stored, computed: digest)
        }
    }
}
