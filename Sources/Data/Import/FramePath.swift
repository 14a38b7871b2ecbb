// FramePath.swift — where a list says that a frame lies, brought to one form: both slashes, both kinds of
// root. Nothing is opened here.

/// A picture's path below the root, part by part; never leads upwards.
public struct FramePath: Hashable, Sendable {
    public let parts: [String]

    /// A path of a layout on this disk.
    init(parts: [String]) { self.parts = parts }

    /// A path as a list writes it: with either slash, relative to the folder of all datasets or
    /// absolute on the machine that the list was made on, whose beginning then plays no part.
    /// - Parameter root: absolute, without links.
    /// - Throws: `ImportError.escapes`.
    public init(listed path: String, root: String) throws {
        let isAbsolute = path.hasPrefix("/") || path.hasPrefix("\\") || path.dropFirst().hasPrefix(":")
        var parts = path.split { $0 == "/" || $0 == "\\" }.map(String.init).filter { $0 != "." }
        func escapes(_ reason: String) -> ImportError { .escapes(path: path, root: root, reason: reason) }
        guard !parts.contains("..") else { throw escapes("it goes upwards") }
        guard !parts.isEmpty, !path.utf8.contains(0) else { throw escapes("it is no path") }
        if let top = parts.firstIndex(where: PublishedDataset.topFolders.contains) {
            parts.removeFirst(top)
        } else if isAbsolute {
            let above = root.split(separator: "/").map(String.init)
            guard parts.starts(with: above), parts.count > above.count else { throw escapes("it is absolute") }
            parts.removeFirst(above.count)
        }
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
