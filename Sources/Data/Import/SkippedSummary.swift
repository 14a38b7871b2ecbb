// SkippedSummary.swift — thousands of frames that can't be used, as lines that a person reads: by folder and
// reason, few of them in full.

/// What a check found, in words.
public struct SkippedSummary: Sendable {
    /// Lines, each with its end.
    public private(set) var text = ""

    /// Frames of one folder that are listed one by one.
    private static let single = 3
    /// Lines before folders are summed up by what stands above them.
    private static let lines = 40

    private struct Group: Hashable {
        var folder: String
        var reason: String
    }

    public init(_ skipped: [SkippedFrame]) {
        let groups = Self.inOrder(skipped) { Group(folder: Self.parent($0.file), reason: Self.reason($0)) }
        let lines = groups.flatMap { group, frames -> [String] in
            guard frames.count > Self.single else {
                return frames.map { "\($0.file): \($0.reason) [\($0.video), frame \($0.frame)]" }
            }
            return ["\(group.folder): \(frames.count) frames: \(group.reason) [\(frames[0].video)]"]
        }
        guard lines.count > Self.lines else {
            text = lines.map { $0 + "\n" }.joined()
            return
        }
        text = lines.prefix(Self.lines / 2).map { $0 + "\n" }.joined()
        let above = Self.inOrder(groups) { Group(folder: Self.parent($0.0.folder), reason: $0.0.reason) }
        func count(_ groups: [(Group, [SkippedFrame])]) -> Int { groups.reduce(0) { $0 + $1.1.count } }
        text += "and more of the kind; all of it by folder:\n"
        for (group, inside) in above.prefix(Self.lines) {
            text += "\(group.folder): \(count(inside)) frames in \(inside.count) folders: \(group.reason)\n"
        }
        let rest = above.dropFirst(Self.lines)
        if !rest.isEmpty {
            text += "and \(rest.reduce(0) { $0 + count($1.1) }) frames in \(rest.count) more places\n"
        }
        text += "--report-json lists every frame\n"
    }

    /// Groups in the order of their first element.
    private static func inOrder<T>(_ values: [T], by key: (T) -> Group) -> [(Group, [T])] {
        var places: [Group: Int] = [:]
        var groups: [(Group, [T])] = []
        for value in values {
            let key = key(value)
            if let place = places[key] {
                groups[place].1.append(value)
            } else {
                places[key] = groups.count
                groups.append((key, [value]))
            }
        }
        return groups
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// Without the name of the landmark file, which differs from frame to frame.
    private static func reason(_ frame: SkippedFrame) -> String {
        guard frame.reason.hasPrefix("/") else { return frame.reason }
        return "its landmarks: " + (frame.reason.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "")
    }
}
