// DatasetSplit.swift — one dataset file into several without a person in common. Who must stay together
// is found from targets, identities and donors; how many go where is the user's wish.

import Store
import Tensor

/// A partition of a file's videos in which nobody is in two parts.
///
/// Videos hang together when they show or were made with the same person: a fake goes with its real
/// video, and both with everything of its donor; and so do videos that have a frame in common, however they are
/// called. Such groups are dealt to the parts whole.
public struct DatasetSplit {
    public struct Part: Equatable, Sendable {
        public var name: String
        /// Share of the frames that is wished for; the shares add up to 1.
        public var share: Double

        public init(name: String, share: Double) {
            self.name = name
            self.share = share
        }
    }

    public let file: DatasetFile
    public let parts: [Part]
    /// [parts] the rows of each part's videos.
    public let videos: [[Int]]
    /// [parts]
    public let frameCounts: [Int]
    /// Groups of people who can't be parted, largest first: their number of frames.
    public let groupSizes: [Int]

    /// Deals the groups out: the largest first, each to the part that lacks most. The same file and
    /// shares give the same parts; `seed` exchanges groups of one size.
    /// - Parameter dataset: its hashes tell which videos have frames in common.
    /// - Throws: `ImportError.sharedIdentity` when too few groups are there to fill all parts, naming
    ///   who holds the largest together; `.unknownIdentity` when nobody knows who is in a fake.
    public init(_ dataset: HashedDataset, parts: [Part], seed: UInt64 = 0) throws {
        let file = dataset.file
        self.file = file
        self.parts = parts
        var frames = [Int](repeating: 0, count: file.videos.count)
        for video in file.frameVideos { frames[Int(video)] += 1 }
        let groups = try Self.groups(dataset)
        var random = Philox(seed: seed, stream: .shuffle)
        let sized = groups.map { rows in (rows: rows, frames: rows.reduce(0) { $0 + frames[$1] }) }
        // Stable: equal sizes keep the shuffled order.
        let dealt = random.shuffled(sized).enumerated().sorted {
            ($1.element.frames, $0.offset) < ($0.element.frames, $1.offset)
        }.map(\.element)
        groupSizes = dealt.map(\.frames)
        guard dealt.count >= parts.count else {
            throw ImportError.sharedIdentity(Self.together(file, dealt.map(\.rows), parts: parts.count))
        }
        var videos = [[Int]](repeating: [], count: parts.count)
        var counts = [Int](repeating: 0, count: parts.count)
        let total = Double(max(1, file.frameCount))
        for (number, group) in dealt.enumerated() {
            // None may stay empty, however small its share.
            let left = dealt.count - number
            let empty = videos.indices.filter { videos[$0].isEmpty }
            let candidates = empty.count >= left ? empty : Array(videos.indices)
            let part = candidates.max { a, b in
                parts[a].share - Double(counts[a]) / total < parts[b].share - Double(counts[b]) / total
            }!
            videos[part] += group.rows
            counts[part] += group.frames
        }
        self.videos = videos.map { $0.sorted() }
        frameCounts = counts
    }

    /// Videos that hang together, as sets of rows.
    private static func groups(_ dataset: HashedDataset) throws -> [[Int]] {
        let file = dataset.file
        var parent = Array(file.videos.indices)
        func root(_ row: Int) -> Int {
            var row = row
            while parent[row] != row { row = parent[row] }
            return row
        }
        var people: [String: Int] = [:]
        func join(_ row: Int, _ person: String) {
            guard !person.isEmpty else { return }
            if let other = people[person] { parent[root(row)] = root(other) } else { people[person] = row }
        }
        for (row, video) in file.videos.enumerated() {
            join(row, video.identity)
            join(row, video.donor)
            if video.target >= 0 { parent[root(row)] = root(Int(video.target)) }
            guard !video.isFake || video.target >= 0 || !video.identity.isEmpty else {
                throw ImportError.unknownIdentity(
                    "\(file.path): nobody knows who is in the fake video '\(video.name)' of '\(video.method)', so no "
                        + "split can keep people apart; take the dataset's own splits, or leave such videos out.")
            }
        }
        var owners: [ShortHash: Int] = [:]
        for case (let frame, let hash?) in dataset.hashes.enumerated() {
            let row = Int(file.frameVideos[frame])
            if let other = owners[hash] { parent[root(row)] = root(other) } else { owners[hash] = row }
        }
        return Dictionary(grouping: file.videos.indices, by: root).values.map { $0.sorted() }.sorted { $0[0] < $1[0] }
    }

    private static func together(_ file: DatasetFile, _ groups: [[Int]], parts: Int) -> String {
        let largest = groups.max { $0.count < $1.count } ?? []
        let people = Set(largest.flatMap { [file.videos[$0].identity, file.videos[$0].donor] }).subtracting([""]).sorted()
        let names = people.prefix(5).joined(separator: ", ") + (people.count > 5 ? " and \(people.count - 5) more" : "")
        let fakes = largest.filter { file.videos[$0].isFake }.prefix(3).map { "'\(file.videos[$0].name)'" }
        return "\(file.path) can't be split in \(parts): its people form \(groups.count) "
            + (groups.count == 1 ? "group" : "groups") + " only, the largest being \(names.isEmpty ? "unknown" : names)"
            + (fakes.isEmpty ? "" : ", held together by fakes such as \(fakes.joined(separator: ", "))")
            + "; ask for fewer parts, or leave fakes across them out."
    }

    /// Writes one part.
    /// - Returns: the content hash.
    public func write(
        part: Int, to path: String, command: String, pool: ThreadPool, stop: () -> Bool = { false },
        progress: (Int) -> Void = { _ in }
    ) throws -> String {
        var description = file.description
        description.split = parts[part].name
        description.creationCommand = command
        let copy = try DatasetCopy(to: path, like: file, description: description)
        return try copy.run([(file, videos[part])], pool: pool, stop: stop, progress: progress)
    }
}
