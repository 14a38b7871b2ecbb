// SplitCheck.swift — whether anybody or anything is in more than one of several dataset files: what
// `blendway split --check` says, as plain values.

import Store

/// What several files share, in pairs, and what nobody can tell.
public struct SplitCheck: Sendable {
    /// Two of the files, by their place, and what is in both.
    public struct Pair: Sendable {
        public let first: Int
        public let second: Int
        public let overlap: DatasetOverlap
    }

    /// What a file doesn't say, so that it can't be compared.
    public struct Unknown: Sendable {
        public let file: String
        public let videos: Int
        /// Videos that don't say whose face it is.
        public let people: Int
        /// Fakes that say whose face it is, but not who lent the face or motion.
        public let donors: Int
        /// Frames that cannot be read.
        public let frames: Int
    }

    public let files: [DatasetFile]
    public let pairs: [Pair]
    public let unknown: [Unknown]

    public init(_ datasets: [HashedDataset]) {
        files = datasets.map(\.file)
        pairs = datasets.indices.flatMap { first in
            datasets.indices.dropFirst(first + 1).map { second in
                Pair(first: first, second: second, overlap: DatasetOverlap(datasets[first], datasets[second]))
            }
        }
        unknown = datasets.map { dataset in
            let videos = dataset.file.videos
            return Unknown(
                file: dataset.file.path, videos: videos.count, people: videos.count { $0.identity.isEmpty },
                donors: videos.count { $0.isFake && !$0.identity.isEmpty && $0.donor.isEmpty },
                frames: dataset.unreadable)
        }
    }

    /// Whether people, videos or frames are in more than one file, as far as anybody can tell.
    public var isShared: Bool { pairs.contains { !$0.overlap.isEmpty } }

    /// People who are in more than one file, with the files.
    public var people: [(person: String, files: [String])] {
        var owners: [String: [String]] = [:]
        for file in files {
            for person in file.people { owners[person, default: []].append(file.path) }
        }
        return owners.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { (person: $0.key, files: $0.value) }
    }
}
