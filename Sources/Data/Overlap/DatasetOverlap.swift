// DatasetOverlap.swift — what two datasets have in common: people, videos, frames. What follows from it is the
// caller's matter.

import Store

/// What is in both of two datasets.
///
/// People are compared where files say who is in a video; videos by dataset, method and name; frames by their
/// pixels, whatever the videos are called. Cost: linear in frames and videos; 40 bytes a frame while it works.
public struct DatasetOverlap: Equatable, Sendable {
    /// Videos of the two that have frames in common; they may be called differently.
    public struct SharedFrames: Equatable, Sendable {
        /// Rows of the first and the second file's videos.
        public var first: Int
        public var second: Int
        /// Frames of the second's video that are in the first's.
        public var frames: Int
    }

    /// Whose face or motion is in both, sorted.
    public let people: [String]
    /// Videos of one dataset, method and name: their rows in the two files, by the first's.
    public let videos: [(first: Int, second: Int)]
    /// By the second file's video.
    public let frames: [SharedFrames]

    /// Frames of the second file that are in the first.
    public var frameCount: Int { frames.reduce(0) { $0 + $1.frames } }
    public var isEmpty: Bool { people.isEmpty && videos.isEmpty && frames.isEmpty }

    public init(_ first: HashedDataset, _ second: HashedDataset) {
        people = first.file.people.intersection(second.file.people).sorted()
        let sameSource = !first.file.sources.isDisjoint(with: second.file.sources)
        videos = sameSource ? Self.sameVideos(first.file, second.file) : []

        var owner: [ShortHash: Int32] = [:]
        for case (let frame, let hash?) in first.hashes.enumerated() where owner[hash] == nil {
            owner[hash] = first.file.frameVideos[frame]
        }
        var counts: [[Int32]: Int] = [:]
        for case (let frame, let hash?) in second.hashes.enumerated() {
            guard let video = owner[hash] else { continue }
            counts[[second.file.frameVideos[frame], video], default: 0] += 1
        }
        frames = counts.map { SharedFrames(first: Int($0.key[1]), second: Int($0.key[0]), frames: $0.value) }
            .sorted { ($0.second, $0.first) < ($1.second, $1.first) }
    }

    private static func sameVideos(_ first: DatasetFile, _ second: DatasetFile) -> [(first: Int, second: Int)] {
        let rows = Dictionary(uniqueKeysWithValues: second.videos.enumerated().map { ([$1.method, $1.name], $0) })
        return first.videos.enumerated().compactMap { row, video in
            rows[[video.method, video.name]].map { (first: row, second: $0) }
        }
    }

    public static func == (a: DatasetOverlap, b: DatasetOverlap) -> Bool {
        a.people == b.people && a.frames == b.frames && a.videos.elementsEqual(b.videos) { $0 == $1 }
    }
}

extension DatasetFile {
    /// Everybody who is known to be in the file: filmed, or lending a face or motion.
    public var people: Set<String> { Set(videos.flatMap { [$0.identity, $0.donor] }).subtracting([""]) }

    /// The datasets that the file's videos are from; a merged file has several.
    var sources: Set<Substring> { Set(description.dataset.split(separator: "+", omittingEmptySubsequences: false)) }
}

extension DatasetVideo {
    /// For messages: "Deepfakes/000_003".
    public var label: String { "\(method)/\(name)" }
}
