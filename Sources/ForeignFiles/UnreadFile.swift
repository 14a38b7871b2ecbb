// UnreadFile.swift — a file that a scan of a folder left aside, why, and how a person is told of many of them.

/// One line of the list of what was not read.
public struct UnreadFile: Codable, Equatable, Sendable {
    /// A file, or a folder with everything in it.
    public var file: String
    public var reason: String

    public init(file: String, reason: String) { (self.file, self.reason) = (file, reason) }

    /// One sentence for each ending and reason: "12 .psd files, such as a/b.psd: it is a Photoshop picture: …".
    ///
    /// - Parameter limit: sentences, the most frequent first; a last one counts the rest.
    public static func summary(_ files: [UnreadFile], limit: Int = 12) -> [String] {
        var groups: [[String]: [UnreadFile]] = [:]
        for file in files {
            let name = file.file.split(separator: "/").last.map(String.init) ?? file.file
            // What a file of no known kind begins with is its own.
            let reason = file.reason.split(separator: "(it begins").first.map(String.init) ?? file.reason
            groups[[FolderScan.ending(name), reason], default: []].append(file)
        }
        let ordered = groups.sorted { ($1.value.count, $0.value[0].file) < ($0.value.count, $1.value[0].file) }
        var lines = ordered.prefix(limit).map { key, files in
            files.count == 1
                ? "\(files[0].file): \(files[0].reason)"
                : "\(files.count) \(key[0].isEmpty ? "" : ".\(key[0]) ")files, such as \(files[0].file): \(files[0].reason)"
        }
        let rest = ordered.dropFirst(limit).reduce(0) { $0 + $1.value.count }
        if rest > 0 { lines.append("and \(rest) more") }
        return lines
    }
}
