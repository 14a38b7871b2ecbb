// FramePath.swift — where a list says that a frame lies, brought to one form: both slashes, both kinds of
// root. Nothing is opened here.

/// A picture's path below the root, part by part; never leads upwards.
public struct FramePath: Hashable, Sendable {
    public let parts: [String]

    /// A path of a layout on this disk.
    init(parts: [String]) { self.parts = parts }

    /// A path as a list writes it: with either slash, relative to the folder of all datasets or to any
    /// other, or absolute on the machine that the list was made on. What stands before the dataset's folder
    /// plays no part; behind it nothing may lead upwards.
    /// - Parameters:
    ///   - root: absolute, without links.
    ///   - present: names in the root; where several folders of a path could be the dataset's, one that
    ///     is there is.
    ///   - datasets: the list's own names for what it lists, which may be folders too.
    /// - Throws: `ImportError.escapes`.
    public init(listed path: String, root: String, present: Set<String> = [], datasets: Set<String> = []) throws {
        let isAbsolute = path.hasPrefix("/") || path.hasPrefix("\\") || path.dropFirst().hasPrefix(":")
        var parts = path.split { $0 == "/" || $0 == "\\" }.map(String.init).filter { $0 != "." }
        func escapes(_ reason: String) -> ImportError { .escapes(path: path, root: root, reason: reason) }
        guard !parts.isEmpty, !path.utf8.contains(0) else { throw escapes("it is no path") }
        let above = root.split(separator: "/").map(String.init)
        let tops = parts.dropLast().indices.filter {
            PublishedDataset.topFolders.contains(parts[$0]) || datasets.contains(parts[$0])
        }
        if let top = tops.first(where: { present.contains(parts[$0]) }) ?? tops.first {
            parts.removeFirst(top)
        } else if isAbsolute, parts.starts(with: above), parts.count > above.count {
            parts.removeFirst(above.count)
        } else if isAbsolute || parts[0] == "..", let own = above.last,
            let place = parts.dropLast().lastIndex(of: own)
        {
            // The root itself is the dataset's folder.
            parts.removeFirst(place + 1)
        } else if isAbsolute {
            throw escapes("it is absolute")
        }
        guard !parts.contains("..") else { throw escapes("it goes upwards") }
        self.parts = parts
    }

    /// The part of the path that its dataset's own folder begins with, taken away: for a root that
    /// is that folder.
    var withoutTop: FramePath { FramePath(parts: Array(parts.dropFirst())) }

    public var joined: String { parts.joined(separator: "/") }

    /// "…/frames/VIDEO/NNN.png" → "…/landmarks/VIDEO/NNN.npy"; without a folder of that name, beside
    /// the picture.
    public var landmarks: FramePath {
        var parts = parts
        if let place = parts.dropLast().lastIndex(of: "frames") { parts[place] = "landmarks" }
        let name = parts[parts.count - 1]
        parts[parts.count - 1] = (name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name) + ".npy"
        return FramePath(parts: parts)
    }
}
