// FolderScan.swift — everything in a folder and below it: files of the kinds that are wanted, and by name and
// reason all others. Nothing is passed over in silence, and nothing in a folder can refuse the whole of it.

import Glibc

/// The files of a folder, looked at by their contents.
public struct FolderScan: Sendable {
    /// A file of a kind that is wanted.
    public struct File: Sendable, Equatable {
        public var path: String
        /// Names of the folders below the scanned one, then the file's.
        public var below: [String]
        /// nil where the ending was taken for it, so that the file was not opened.
        public var kind: FileKind?
    }

    /// What is looked for, and how.
    public struct Request: Sendable {
        public var wanted: Set<FileKind.Group>
        /// Endings, in lower case, whose files are taken without being opened: whoever reads them finds out soon enough.
        public var trusted: Set<String> = []
        /// Endings that belong to files that are wanted, and are no files of their own.
        public var companions: Set<String> = []
        /// Folders that are left aside, each with the reason.
        public var asideFolders: [String: String] = [
            "__MACOSX": "macOS's own notes about files",
            "masks": "a folder of this name holds masks, no pictures of faces",
            "landmarks": "a folder of this name holds landmarks, no pictures of faces",
        ]
        /// What to say of a file of another kind, instead of the kind's own remedy.
        public var advice: [FileKind.Group: String] = [:]
        /// Folders whose files belong to those that are wanted.
        public var companionFolders: Set<String> = []
        /// Links to folders; those to files always are.
        public var followsFolderLinks = false
        /// What to say of a link to a folder that is not followed.
        public var folderLinkReason = "it is a link to a folder, which is not followed; name the folder itself"

        public init(wanted: Set<FileKind.Group>) { self.wanted = wanted }
    }

    /// In the order of their paths, folder by folder.
    public private(set) var files: [File] = []
    /// Everything else.
    public private(set) var unread: [UnreadFile] = []

    private let request: Request
    /// Folders on the way down, so that links can't lead in a circle.
    private var open: Set<[UInt64]> = []

    /// Looks through `root`. Cost: reading the folders, and 8 KB of each file whose ending isn't trusted.
    public init(_ root: String, _ request: Request) {
        self.request = request
        var base = root
        while base.count > 1, base.hasSuffix("/") { base.removeLast() }
        scan(base, below: [])
    }

    private static let deepest = 64

    private mutating func leave(_ path: String, _ reason: String) { unread.append(UnreadFile(file: path, reason: reason)) }

    private mutating func scan(_ folder: String, below: [String]) {
        var status = stat()
        guard below.count < Self.deepest, stat(folder, &status) == 0 else { return leave(folder, "its folders are nested too deeply") }
        let identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
        guard open.insert(identity).inserted else { return leave(folder, "it is a link in a circle") }
        defer { open.remove(identity) }
        guard let names = Self.names(in: folder) else { return leave(folder, "the folder can't be read: check its permissions") }
        for name in names { look(at: folder == "/" ? "/\(name)" : "\(folder)/\(name)", name, below: below + [name]) }
    }

    private mutating func look(at path: String, _ name: String, below: [String]) {
        var status = stat()
        let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
        let isThere = stat(path, &status) == 0
        let isFolder = isThere && status.st_mode & S_IFMT == S_IFDIR
        if name.hasPrefix(".") {
            let notes = name.hasPrefix("._") ? "it is macOS's own notes about a file" : "it is hidden: its name begins with a point"
            return leave(path, notes)
        }
        if isFolder {
            if let reason = request.asideFolders[name] { return leave(path, reason) }
            if request.companionFolders.contains(name) { return }
            guard !isLink || request.followsFolderLinks else { return leave(path, request.folderLinkReason) }
            return scan(path, below: below)
        }
        let ending = Self.ending(name)
        if isThere, request.companions.contains(ending) { return }
        if isThere, request.trusted.contains(ending) { return files.append(File(path: path, below: below, kind: nil)) }
        let kind = FileKind.of(path)
        if request.wanted.contains(kind.group) { return files.append(File(path: path, below: below, kind: kind)) }
        if let advice = request.advice[kind.group] { return leave(path, "it is \(kind.name): \(advice)") }
        leave(path, kind.sentence)
    }

    /// "IMG_1.JPG" → "jpg"; "" without one.
    static func ending(_ name: String) -> String {
        guard let point = name.lastIndex(of: "."), point > name.startIndex else { return "" }
        return name[name.index(after: point)...].lowercased()
    }

    /// What is in a folder, sorted by name; nil if it can't be read.
    private static func names(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
