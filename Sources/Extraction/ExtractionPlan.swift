// ExtractionPlan.swift — which files are extracted and what they are: label, method, people. Taken from
// where a file lies in the trees of published datasets, or from what the user says; never guessed.

import Data
import Foundation
import Store

/// One photo or video to extract.
public struct ExtractionItem: Sendable {
    public var path: String
    /// Its row, but for the target.
    public var video: DatasetVideo
    var targetKeys: [[String]] = []
}

/// All of them, in the order in which they will stand in the dataset: real ones first.
public struct ExtractionPlan: Sendable {
    public let items: [ExtractionItem]
    /// [items] the item that each was made from, −1 without.
    let targets: [Int]

    /// What the user says about files that lie in no known tree.
    public struct Declaration: Sendable {
        /// nil: not said.
        public var isFake: Bool?
        public var method: String?
        public var identity: String?

        public init(isFake: Bool? = nil, method: String? = nil, identity: String? = nil) {
            self.isFake = isFake
            self.method = method
            self.identity = identity
        }
    }

    /// - Parameters:
    ///   - inputs: files, or folders that are searched for pictures and videos by their endings.
    ///   - compression: in trees that hold several, such as "c23"; nil takes all.
    /// - Throws: `ExtractionError.unreadable` for what isn't there or has no label.
    public init(_ inputs: [String], _ declaration: Declaration, compression: String? = nil) throws {
        var items: [ExtractionItem] = []
        for input in inputs {
            for (path, below) in try Self.files(input) {
                let parts = path.split(separator: "/").map(String.init)
                if let compression, let place = parts.firstIndex(of: "videos"), place > 0,
                    ["raw", "c0", "c23", "c40"].contains(parts[place - 1]), parts[place - 1] != compression
                {
                    continue
                }
                items.append(try Self.item(path, parts, below: below, declaration))
            }
        }
        guard !items.isEmpty else {
            throw ExtractionError.unreadable(
                path: inputs.joined(separator: ", "), reason: "no photo or video is in it")
        }
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
        targets = items.map { item in
            item.targetKeys.lazy.compactMap { rows[$0] }.first { !items[$0].video.isFake } ?? -1
        }
        self.items = items
    }

    // MARK: Files

    private static let endings: Set<String> = [
        "mp4", "avi", "mov", "mkv", "webm", "m4v", "mpg", "mpeg", "wmv", "flv", "png", "jpg", "jpeg",
    ]

    /// Paths with what lies below the input's folder.
    private static func files(_ input: String) throws -> [(path: String, below: [String])] {
        var status = stat()
        guard stat(input, &status) == 0 else {
            throw ExtractionError.unreadable(path: input, reason: "it is not there")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [(input, [])] }
        let root = input.hasSuffix("/") ? String(input.dropLast()) : input
        guard let found = FileManager.default.enumerator(atPath: root) else {
            throw ExtractionError.unreadable(path: input, reason: "the folder can't be read")
        }
        var files: [(path: String, below: [String])] = []
        while let name = found.nextObject() as? String {
            let below = name.split(separator: "/").map(String.init)
            guard endings.contains(name.split(separator: ".").last?.lowercased() ?? ""),
                !below.contains(where: { $0.hasPrefix(".") }), !below.contains("masks")
            else { continue }
            files.append(("\(root)/\(name)", below))
        }
        return files.sorted { $0.path < $1.path }
    }

    private static func item(
        _ path: String, _ parts: [String], below: [String], _ declaration: Declaration
    ) throws -> ExtractionItem {
        let file = parts[parts.count - 1]
        let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
        if let label = published(parts), let dataset = label.dataset {
            let naming = dataset.naming(of: stem, isFake: label.isFake, path: parts)
            var item = ExtractionItem(
                path: path,
                video: DatasetVideo(
                    name: stem, method: label.method, isFake: label.isFake, identity: naming.identity, source: path,
                    donor: naming.donor))
            if let target = naming.target { item.targetKeys = dataset.realMethods.map { [$0, target] } }
            return item
        }
        // Of files of one folder the place in it is part of the name: photos of people are often
        // numbered.
        let inner = (below.dropLast() + [stem]).joined(separator: "/")
        if let top = parts.dropLast().lastIndex(where: { $0 == "real" || $0 == "fake" }), top + 2 < parts.count {
            let (group, name) = (parts[top + 1], (parts[(top + 2)...].dropLast() + [stem]).joined(separator: "/"))
            let isFake = parts[top] == "fake"
            return ExtractionItem(
                path: path,
                video: DatasetVideo(
                    name: isFake ? name : "\(group)/\(name)", method: isFake ? group : "real", isFake: isFake,
                    identity: isFake ? "" : group, source: path))
        }
        guard let isFake = declaration.isFake else {
            throw ExtractionError.unreadable(
                path: path,
                reason: "nothing says whether it is real or fake: add --label real or --label fake, or put it below "
                    + "real/IDENTITY/ or fake/METHOD/")
        }
        let identity = isFake ? "" : below.count > 1 ? below[0] : stem
        return ExtractionItem(
            path: path,
            video: DatasetVideo(
                name: inner, method: declaration.method ?? (isFake ? "fake" : "real"), isFake: isFake,
                identity: declaration.identity ?? identity, source: path))
    }

    /// The label of a file in a published tree of raw videos.
    private static func published(_ parts: [String]) -> PublishedDataset.Label? {
        func label(_ name: String) -> PublishedDataset.Label? { PublishedDataset.labels.first { $0.name == name } }
        if let top = parts.firstIndex(of: "original_sequences"), top + 1 < parts.count {
            switch parts[top + 1] {
            case "youtube": return label("FF-real")
            case "actors": return label("DFD_real")
            default: return nil
            }
        }
        if let top = parts.firstIndex(of: "manipulated_sequences"), top + 1 < parts.count {
            return PublishedDataset.labels.first {
                $0.isFake && $0.method == parts[top + 1]
                    && ($0.dataset == .faceForensics || $0.dataset == .deepFakeDetection)
            }
        }
        let version = parts.contains("Celeb-DF-v1") ? "v1" : "v2"
        if parts.contains("Celeb-real") || parts.contains("YouTube-real") { return label("CelebDF\(version)_real") }
        if parts.contains("Celeb-synthesis") { return label("CelebDF\(version)_fake") }
        return nil
    }
}
