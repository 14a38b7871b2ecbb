// ExtractionPlan.swift — which files are extracted, in which order, and which fake was made from which real
// video. What a single file is, is ItemMeaning's part.

import Data
import ForeignFiles
import Foundation
import Store

/// One photo or video to extract.
public struct ExtractionItem: Sendable {
    public var path: String
    /// Its row, but for the target.
    public var video: DatasetVideo
    /// Who says what it is, for errors.
    var says: String
    /// Whose tree it lies in.
    var dataset: PublishedDataset?
    /// Of a fake: method and name of the real video, if its name tells them.
    var targetKeys: [[String]] = []
    /// The real video's own name, where nothing says the method.
    var targetName: String?
    /// Its name begins with the real video's, as in plain folders.
    var isNamedForItsTarget = false
    /// What the official lists say; nil without lists, or where it is in none.
    var answer: OfficialSplits.Answer?

    /// By the official lists; nil where they don't say.
    public var split: String? { answer?.entry.split }
}

/// All of them, in the order in which they will stand in the dataset: real ones first.
public struct ExtractionPlan: Sendable {
    public let items: [ExtractionItem]
    /// Fakes without a target because their names could mean several real videos.
    public let ambiguous: [AmbiguousName]
    /// Files that no official list puts into a split; with lists alone.
    public let withoutSplit: [String]
    /// [items] the item that each was made from, −1 without.
    let targets: [Int]
    /// What lies in the inputs' folders and is not read.
    public let unread: [UnreadFile]
    /// Method and name of every item's video.
    let names: Set<[String]>

    /// What the user says about files that lie in no known tree.
    public struct Declaration: Sendable {
        /// nil: not said.
        public var isFake: Bool?
        public var method: String?
        public var identity: String?
        /// How names are to be read where no known tree says it.
        public var names: PublishedDataset?

        public init(
            isFake: Bool? = nil, method: String? = nil, identity: String? = nil, names: PublishedDataset? = nil
        ) {
            self.isFake = isFake
            self.method = method
            self.identity = identity
            self.names = names
        }
    }

    /// - Parameters:
    ///   - inputs: files, or folders that are searched for pictures and videos.
    ///   - compression: in trees that hold several, such as "c23"; nil takes all.
    ///   - splits: official lists.
    /// - Throws: `ExtractionError.unreadable` for what isn't there or has no label, `.contradiction` where two
    ///   say different things of a file.
    public init(
        _ inputs: [String], _ declaration: Declaration, compression: String? = nil, splits: OfficialSplits? = nil
    ) throws {
        let meaning = ItemMeaning(declaration: declaration, splits: splits)
        var (items, unread): ([ExtractionItem], [UnreadFile]) = ([], [])
        var unlisted: [String] = []
        for input in inputs {
            // "." and ".." have a name too.
            let name = URL(fileURLWithPath: input).standardizedFileURL.lastPathComponent
            let (files, left) = try Self.files(input)
            unread += left
            for (path, below) in files {
                let file = below.last ?? name
                let folders = below.isEmpty ? [] : [name] + below.dropLast()
                if let compression, let place = folders.firstIndex(of: "videos"), place > 0,
                    ["raw", "c0", "c23", "c40"].contains(folders[place - 1]), folders[place - 1] != compression
                {
                    continue
                }
                let place = ItemMeaning.Place(
                    path: path, folders: folders, below: Array(below.dropLast()), file: file,
                    stem: file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file)
                let item = try meaning.item(place)
                if splits != nil, item?.split == nil { unlisted.append(path) }
                if let item { items.append(item) }
            }
        }
        guard !items.isEmpty else {
            let rest = UnreadFile.summary(unread, limit: 3).joined(separator: "; ")
            throw ExtractionError.unreadable(
                path: inputs.joined(separator: ", "),
                reason: unlisted.isEmpty
                    ? "no photo or video is in it" + (rest.isEmpty ? "" : " (\(rest))")
                    : "no photo or video in it is in the official lists")
        }
        let (kept, repeats) = Self.withoutRepeats(items)
        items = kept
        Self.tellApart(&items)
        try self.init(items: items, identity: declaration.identity, withoutSplit: unlisted, unread: unread + repeats)
    }

    /// Orders the items and finds their targets.
    private init(
        items: [ExtractionItem], identity: String?, withoutSplit: [String] = [], unread: [UnreadFile] = []
    ) throws {
        self.withoutSplit = withoutSplit
        self.unread = unread
        var items = items
        items.sort { a, b in
            if a.video.isFake != b.video.isFake { return !a.video.isFake }
            return (a.video.method, a.video.name) < (b.video.method, b.video.name)
        }
        var rows: [[String]: Int] = [:]
        for (row, item) in items.enumerated() {
            let key = [item.video.method, item.video.name]
            if let other = rows[key] {
                throw ExtractionError.unreadable(
                    path: item.path,
                    reason: "it would be the video '\(key[1])' of '\(key[0])', as is \(items[other].path); extract one "
                        + "compression or tree at a time")
            }
            rows[key] = row
        }
        let reals = items.prefix { !$0.video.isFake }.map(\.video)
        let named = NamedTargets(reals.map { NamedReal(name: $0.name, identity: $0.identity) })
        var targets = [Int](repeating: -1, count: items.count)
        var ambiguous: [AmbiguousName] = []
        for row in reals.count..<items.count {
            var found = items[row].targetKeys.lazy.compactMap { rows[$0] }.first { $0 < reals.count }
            if found == nil, items[row].isNamedForItsTarget || items[row].targetName != nil {
                let video = items[row].video
                switch named.answer(for: items[row].targetName ?? video.name, exactly: items[row].targetName != nil) {
                case .unknown: break
                case .ambiguous(let places):
                    ambiguous.append(
                        AmbiguousName(video: "\(video.method)/\(video.name)", candidates: places.map { reals[$0].name }))
                case .found(let place, let donor):
                    found = place
                    if video.donor.isEmpty { items[row].video.donor = donor }
                }
            }
            guard let found else { continue }
            targets[row] = found
            let (person, own) = (reals[found].identity, items[row].video.identity)
            if own.isEmpty {
                items[row].video.identity = person
            } else if own == identity, !person.isEmpty, own != person {
                throw ExtractionError.contradiction(
                    path: items[row].path, one: "it was made from '\(reals[found].name)', which shows '\(person)'",
                    other: "--identity says that it shows '\(own)'")
            }
        }
        names = Set(items.map { [$0.video.method, $0.video.name] })
        self.items = items
        self.targets = targets
        self.ambiguous = ambiguous
    }

    /// The item that a fake was made from; nil without.
    package func target(of item: Int) -> Int? { targets[item] < 0 ? nil : targets[item] }

    /// Those of one official split.
    /// - Returns: nil where there is none.
    public func only(split: String) throws -> ExtractionPlan? {
        let chosen = items.filter { $0.split == split }
        return chosen.isEmpty ? nil : try ExtractionPlan(items: chosen, identity: nil, unread: unread)
    }

    /// What the official lists name and the inputs lack.
    public func missing(in splits: OfficialSplits) -> [OfficialSplits.Missing] {
        splits.missing(after: items.compactMap(\.answer))
    }
}
