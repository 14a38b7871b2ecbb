// VideoList.swift — DeepfakeBench's JSON lists, decoded: which videos there are, with which frames. What
// the labels mean and where the files lie is decided elsewhere.

import ForeignFiles
import Foundation
import Store

/// One list: dataset → label → split → (compression →) video → {label, frames}.
///
/// Decoded by Foundation, which bounds nesting; anything of another form is an error that names the
/// place. Memory: about ten times the file.
public struct VideoList: Sendable {
    public struct Video: Equatable, Sendable {
        /// The list's name for the set, such as "FF-DF" or "simswap_ff".
        public var set: String
        /// The label that it stands under.
        public var group: String
        /// Its own; the group's where it has none.
        public var label: String
        public var split: String
        /// Empty where the list has no such level.
        public var compression: String
        public var name: String
        /// Paths as written in the list.
        public var frames: [String]
    }

    public let file: String
    /// Of the file's bytes, hex.
    public let sha256: String
    /// Its top names, such as "FF-DF".
    public let datasets: [String]
    /// By label, split, compression and name.
    public let videos: [Video]
    /// Entries that are no videos, by place; one published list has some.
    public let strange: [String]

    /// Larger files are refused; the largest published list has about 0.2 GB.
    public static let sizeLimit = 1 << 30

    /// - Throws: `ImportError.unreadable`, `.badList`.
    public init(_ file: String) throws {
        try self.init(bytes: FileBytes.read(file, limit: Self.sizeLimit), file: file)
    }

    /// - Parameter file: what errors call it.
    public init(bytes: [UInt8], file: String) throws {
        self.file = file
        sha256 = SHA256.hash(of: bytes)
        if let kind = FileKind.of(bytes: bytes).unlessIn(.json, .text) {
            throw ImportError.badList(file: file, problem: kind.sentence)
        }
        let root: [String: [String: [String: Node]]]
        do {
            root = try JSONDecoder().decode([String: [String: [String: Node]]].self, from: Foundation.Data(bytes))
        } catch let error as DecodingError {
            throw ImportError.badList(file: file, problem: Self.reason(error))
        } catch {
            throw ImportError.badList(file: file, problem: "it is no JSON")
        }
        datasets = root.keys.sorted()
        var videos: [Video] = []
        var strange: [String] = []
        for (set, labels) in root.sorted(by: { $0.key < $1.key }) {
            for (label, splits) in labels.sorted(by: { $0.key < $1.key }) {
                for (split, node) in splits.sorted(by: { $0.key < $1.key }) {
                    guard case .group(let names) = node else {
                        strange.append("\(label)/\(split)")
                        continue
                    }
                    for (name, node) in names.sorted(by: { $0.key < $1.key }) {
                        switch node {
                        case .video(let own, let frames):
                            videos.append(
                                Video(
                                    set: set, group: label, label: own ?? label, split: split, compression: "", name: name,
                                    frames: frames))
                        case .group(let inner):
                            for (video, node) in inner.sorted(by: { $0.key < $1.key }) {
                                guard case .video(let own, let frames) = node else {
                                    strange.append("\(label)/\(split)/\(name)/\(video)")
                                    continue
                                }
                                videos.append(
                                    Video(
                                        set: set, group: label, label: own ?? label, split: split, compression: name,
                                        name: video, frames: frames))
                            }
                        case .other: strange.append("\(label)/\(split)/\(name)")
                        }
                    }
                }
            }
        }
        self.videos = videos
        self.strange = strange
        guard !videos.isEmpty else {
            throw ImportError.badList(file: file, problem: "it holds no video")
        }
    }

    /// A level below the split: a video, or names for more.
    private indirect enum Node: Decodable {
        case video(label: String?, frames: [String])
        case group([String: Node])
        case other

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            // split, compression, video: what lies deeper is none of these.
            guard decoder.codingPath.count <= 6, let values = try? decoder.container(keyedBy: Key.self) else {
                self = .other
                return
            }
            if values.contains(Key(stringValue: "frames")) {
                self = .video(
                    label: try values.decodeIfPresent(String.self, forKey: Key(stringValue: "label")),
                    frames: try values.decode([String].self, forKey: Key(stringValue: "frames")))
                return
            }
            var nodes: [String: Node] = [:]
            for key in values.allKeys { nodes[key.stringValue] = try values.decode(Node.self, forKey: key) }
            self = .group(nodes)
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty ? "the top" : context.codingPath.map(\.stringValue).joined(separator: "/")
        }
        switch error {
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is no JSON, or cut short" : "\(place(context)) is damaged"
        case .keyNotFound(let key, let context): return "\(place(context)) has no '\(key.stringValue)'"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(place(context)) is of another type than expected"
        @unknown default: return "it can't be decoded"
        }
    }
}
