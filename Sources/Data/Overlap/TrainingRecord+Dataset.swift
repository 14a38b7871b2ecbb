// TrainingRecord+Dataset.swift — which hashes a dataset leaves in a checkpoint, and what of another dataset is
// among them.

import Store

extension TrainingRecord {
    /// What training on a dataset has seen.
    public init(of dataset: HashedDataset) {
        let file = dataset.file
        self.init(
            frames: HashSample(dataset.hashes.compactMap { $0 }),
            videos: HashSample(file.videos.flatMap { Self.keys(of: $0, in: file) }),
            people: HashSample(file.people.map(Self.key)),
            isComplete: dataset.isHashed)
    }

    /// What of a dataset is in the record.
    public struct Found: Equatable, Sendable {
        /// Frames that could be looked up, and those of them that are there.
        public var framesCompared = 0
        public var frames = 0
        /// Rows of videos that are there by name, or with a frame.
        public var videos: [Int] = []
        /// People who are there, sorted.
        public var people: [String] = []
    }

    /// Cost: a binary search a frame.
    public func find(_ dataset: HashedDataset) -> Found {
        let file = dataset.file
        var found = Found()
        var isSeen = file.videos.map { video in
            Self.keys(of: video, in: file).contains { videos.contains($0) == true }
        }
        for case (let frame, let hash?) in dataset.hashes.enumerated() {
            guard let isThere = frames.contains(hash) else { continue }
            found.framesCompared += 1
            guard isThere else { continue }
            found.frames += 1
            isSeen[Int(file.frameVideos[frame])] = true
        }
        found.videos = isSeen.indices.filter { isSeen[$0] }
        found.people = file.people.filter { people.contains(Self.key($0)) == true }.sorted()
        return found
    }

    /// A merged file's video may be of any of its datasets.
    private static func keys(of video: DatasetVideo, in file: DatasetFile) -> [ShortHash] {
        file.sources.map { key("\($0)\u{0}\(video.method)\u{0}\(video.name)") }
    }

    private static func key(_ text: String) -> ShortHash { ShortHash(of: Array(text.utf8)) }
}
