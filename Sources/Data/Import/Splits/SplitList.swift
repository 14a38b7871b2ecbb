// SplitList.swift — the files in which datasets publish who belongs to which split, read: FaceForensics++'s
// pairs, Celeb-DF's test list, DFDC's metadata. What they say of one video is OfficialSplits' part.

import Foundation

/// One such file, decoded.
///
/// What is not of these forms is an error that names the place. Memory: some times the file.
public struct SplitList: Sendable {
    /// What a line says of a video.
    public struct Entry: Equatable, Sendable {
        /// "train", "val" or "test"; nil where it doesn't say.
        public var split: String?
        public var isFake: Bool?
        /// The file name of the real video that a fake was made from.
        public var original: String?
    }

    public enum Contents: Sendable {
        /// FaceForensics++: two real videos each, with their fakes in both directions.
        case pairs([[String]], split: String)
        /// Celeb-DF: the paths of the test videos, without their endings; all others are for training.
        case tests([String])
        /// DFDC and its preview: entries by file name, or by path.
        case metadata([String: Entry])
    }

    public let file: String
    public let contents: Contents

    /// The largest that are published have some MB.
    static let sizeLimit = 256 << 20

    /// - Throws: `ImportError.unreadable`, `.badSplits`.
    public init(_ file: String) throws {
        try self.init(bytes: FileBytes.read(file, limit: Self.sizeLimit), file: file)
    }

    /// - Parameter file: its name says which split a list of pairs is.
    public init(bytes: [UInt8], file: String) throws {
        self.file = file
        func bad(_ problem: String) -> ImportError { .badSplits(file: file, problem: problem) }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let body = Foundation.Data(bytes[start...])
        switch body.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
        case nil: throw bad("it is empty")
        case UInt8(ascii: "["):
            guard let pairs = try? JSONDecoder().decode([[String]].self, from: body) else {
                throw bad("it is no list of pairs of names")
            }
            guard let split = Self.split(inName: file) else {
                throw bad("a list of pairs is named for its split: train.json, val.json or test.json")
            }
            if let odd = pairs.firstIndex(where: { $0.count != 2 || $0.contains("") }) {
                throw bad("its entry \(odd) is no pair of names")
            }
            guard !pairs.isEmpty else { throw bad("it names nobody") }
            contents = .pairs(pairs, split: split)
        case UInt8(ascii: "{"):
            contents = .metadata(try Self.metadata(body, bad))
        default:
            guard let text = String(data: body, encoding: .utf8) else { throw bad("it is no text") }
            contents = try Self.lines(text, bad)
        }
    }

    private static func split(inName file: String) -> String? {
        let name = (file.split(separator: "/").last ?? "").split(separator: ".").first.map { $0.lowercased() } ?? ""
        let words = name.split { !$0.isLetter }.map(String.init)
        let splits = Set(words.compactMap(word))
        return splits.count == 1 ? splits.first : nil
    }

    private static func word(_ text: String) -> String? {
        switch text.lowercased() {
        case "train", "training": "train"
        case "val", "valid", "validation": "val"
        case "test", "testing": "test"
        default: nil
        }
    }

    // MARK: DFDC

    private struct Row: Decodable {
        var label: String?
        var split: String?
        var set: String?
        var original: String?
    }

    private static func metadata(_ body: Foundation.Data, _ bad: (String) -> ImportError) throws -> [String: Entry] {
        guard let rows = try? JSONDecoder().decode([String: Row].self, from: body) else {
            throw bad("it is no metadata.json: an object of videos with their label, split and original")
        }
        guard !rows.isEmpty else { throw bad("it names nobody") }
        return try rows.reduce(into: [:]) { entries, row in
            let (name, value) = row
            guard !name.isEmpty else { throw bad("a video has no name") }
            var entry = Entry(original: value.original.flatMap { $0.isEmpty || $0 == "NaN" ? nil : $0 })
            if let text = value.split ?? value.set {
                guard let split = word(text) else { throw bad("'\(name)' is of the split '\(text)'") }
                entry.split = split
            }
            switch value.label?.lowercased() {
            case "real": entry.isFake = false
            case "fake": entry.isFake = true
            case nil: break
            case let text?: throw bad("'\(name)' has the label '\(text)', neither REAL nor FAKE")
            }
            guard entry.split != nil || entry.isFake != nil else { throw bad("'\(name)' has neither a label nor a split") }
            entries[name] = entry
        }
    }

    // MARK: Celeb-DF, and DFDC's labels.csv

    private static func lines(_ text: String, _ bad: (String) -> ImportError) throws -> Contents {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        if lines.first?.hasPrefix("filename,") == true { return .metadata(try table(lines, bad)) }
        var paths: [String] = []
        for (number, line) in lines.enumerated() where !line.isEmpty {
            let fields = line.split(separator: " ", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard fields.count == 2, ["0", "1"].contains(fields[0]), fields[1].contains("/") else {
                throw bad("line \(number + 1) is '\(line.prefix(60))', where '1 YouTube-real/00170.mp4' is expected")
            }
            paths.append(OfficialSplits.withoutEnding(fields[1].replacing("\\", with: "/")))
        }
        guard !paths.isEmpty else { throw bad("it names nobody") }
        return .tests(paths)
    }

    /// "filename,label" and lines such as "aaaaaaaaaa.mp4,1": the challenge's test videos.
    private static func table(_ lines: [String], _ bad: (String) -> ImportError) throws -> [String: Entry] {
        let columns = lines[0].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard let column = columns.firstIndex(of: "label") else { throw bad("its first line has no column 'label'") }
        var entries: [String: Entry] = [:]
        for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == columns.count, !fields[0].isEmpty, let isFake = ["0": false, "1": true][fields[column]] else {
                throw bad("line \(number + 1) is '\(line.prefix(60))', where a file name and 0 or 1 are expected")
            }
            entries[fields[0]] = Entry(split: "test", isFake: isFake)
        }
        guard !entries.isEmpty else { throw bad("it names nobody") }
        return entries
    }
}
