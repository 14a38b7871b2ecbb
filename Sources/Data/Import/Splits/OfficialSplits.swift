// OfficialSplits.swift — which split a video belongs to by its dataset's own lists, and what else these say
// of it. Looks at names alone.

/// The lists that were given, to be asked about one video after the other.
public struct OfficialSplits: Sendable {
    private let lists: [SplitList]
    /// By the last part of a name: the list, the whole name, and what it says.
    private var metadata: [String: [(list: Int, key: String, entry: SplitList.Entry)]] = [:]
    private var pairs: [String: (list: Int, split: String)] = [:]
    private var tests: [String: Int] = [:]

    /// - Throws: `ImportError`: `.unreadable`, `.badSplits`, and `.contradiction` where two lists differ.
    public init(_ files: [String]) throws {
        try self.init(lists: files.map { try SplitList($0) })
    }

    public init(lists: [SplitList]) throws {
        self.lists = lists
        for (place, list) in lists.enumerated() {
            switch list.contents {
            case .pairs(let found, let split):
                for pair in found {
                    for name in [pair[0], pair[1], "\(pair[0])_\(pair[1])", "\(pair[1])_\(pair[0])"] {
                        if let other = pairs[name], other.split != split {
                            throw ImportError.contradiction(
                                "'\(name)' is in \(lists[other.list].file) (\(other.split)) and in \(list.file) (\(split))")
                        }
                        pairs[name] = (place, split)
                    }
                }
            case .tests(let paths): for path in paths { tests[path] = place }
            case .metadata(let entries):
                for (name, entry) in entries {
                    let last = name.split(separator: "/").last.map(String.init) ?? name
                    if let other = metadata[last]?.first(where: { $0.key == name && $0.entry != entry }) {
                        throw ImportError.contradiction(
                            "\(lists[other.list].file) and \(list.file) say different things of '\(name)'")
                    }
                    metadata[last, default: []].append((place, name, entry))
                }
            }
        }
    }

    /// What the lists say of a video, and under which of their names.
    public struct Answer: Sendable {
        public var entry: SplitList.Entry
        /// Which list, for `missing`.
        var list: Int
        var key: String
        public var file: String
    }

    /// - Parameters:
    ///   - folders: of the file, from the input downwards.
    ///   - file: its name with ending.
    ///   - dataset: whose tree it lies in; nil where none is known.
    /// - Returns: nil for a video that is in no list.
    /// - Throws: `ImportError.contradiction` where two lists name it differently.
    public func answer(folders: [String], file: String, dataset: PublishedDataset?) throws -> Answer? {
        let stem = Self.withoutEnding(file)
        let path = (folders + [file]).joined(separator: "/")
        var answers: [Answer] = []
        if let found = metadata[file]?.filter({ path == $0.key || path.hasSuffix("/" + $0.key) }).max(by: { $0.key.count < $1.key.count }) {
            answers.append(answer(found.list, found.key, found.entry))
        }
        let celeb = Self.celebPath(folders, stem)
        if !tests.isEmpty, let celeb {
            if let list = tests[celeb] {
                answers.append(answer(list, celeb, SplitList.Entry(split: "test")))
            } else if let list = tests.values.min() {
                answers.append(answer(list, "", SplitList.Entry(split: "train")))
            }
        }
        if celeb == nil, let found = pairs[stem] ?? pairs[Self.target(of: stem, dataset) ?? ""] {
            answers.append(answer(found.list, stem, SplitList.Entry(split: found.split)))
        }
        if let first = answers.first, let other = answers.dropFirst().first(where: { $0.entry.split != first.entry.split }) {
            throw ImportError.contradiction(
                "\(path) is for \(first.entry.split ?? "no split") by \(first.file), but for "
                    + "\(other.entry.split ?? "no split") by \(other.file)")
        }
        return answers.first
    }

    private func answer(_ list: Int, _ key: String, _ entry: SplitList.Entry) -> Answer {
        Answer(entry: entry, list: list, key: key, file: lists[list].file)
    }

    /// DeeperForensics' fakes belong where the video of FaceForensics++ belongs.
    private static func target(of stem: String, _ dataset: PublishedDataset?) -> String? {
        guard let dataset, dataset.option == PublishedDataset.deeperForensics.option else { return nil }
        return dataset.naming(of: stem, isFake: true).target
    }

    /// As Celeb-DF's list writes it: from its own folder on, without what extraction adds.
    private static func celebPath(_ folders: [String], _ stem: String) -> String? {
        let tops: Set<String> = ["Celeb-real", "YouTube-real", "Youtube-real", "Celeb-synthesis"]
        guard let top = folders.firstIndex(where: tops.contains) else { return nil }
        return (folders[top...].filter { $0 != "videos" && $0 != "frames" } + [stem]).joined(separator: "/")
            .replacing("Youtube-real", with: "YouTube-real")
    }

    static func withoutEnding(_ file: String) -> String {
        guard let dot = file.lastIndex(of: "."), !file[dot...].contains("/"), dot != file.startIndex else { return file }
        return String(file[..<dot])
    }

    // MARK: What was not found

    /// How many videos a list names, and how many of them were not among those asked about.
    public struct Missing: Codable, Equatable, Sendable {
        public var file: String
        public var named: Int
        public var missing: Int
        public var example: String?
    }

    /// - Parameter answers: of all videos. Of pairs the real videos are counted: which fakes somebody has is
    ///   a matter of methods.
    public func missing(after answers: [Answer]) -> [Missing] {
        let seen = Dictionary(grouping: answers, by: \.list).mapValues { Set($0.map(\.key)) }
        return lists.enumerated().map { place, list in
            let names: Set<String> =
                switch list.contents {
                case .pairs(let pairs, _): Set(pairs.joined())
                case .tests(let paths): Set(paths)
                case .metadata(let entries): Set(entries.keys)
                }
            let missing = names.subtracting(seen[place] ?? [])
            return Missing(file: list.file, named: names.count, missing: missing.count, example: missing.min())
        }
    }
}
