// FolderListing.swift — what would be read of a folder of other people's files, for `blendway inspect`.

import ForeignFiles

/// Every picture, film and HDF5 file of a folder by its contents, and everything else with the reason.
struct FolderListing: Encodable {
    struct File: Encodable {
        var file: String
        /// "picture", "film" or "hdf5".
        var group: String
        /// "JPEG", "MP4"…
        var format: String
    }

    var folder: String
    var files: [File]
    var unread: [UnreadFile]

    init(_ folder: String) {
        let scan = FolderScan(folder, FolderScan.Request(wanted: [.picture, .film, .hdf5]))
        self.folder = folder
        files = scan.files.compactMap { file in
            file.kind.map { File(file: file.path, group: "\($0.group)", format: $0.format?.rawValue ?? Self.format($0)) }
        }
        unread = scan.unread
    }

    /// "an MP4 film" → "MP4".
    private static func format(_ kind: FileKind) -> String {
        kind.name.split(separator: " ").dropFirst().dropLast().joined(separator: " ")
    }

    var text: String {
        var counts: [[String]: Int] = [:]
        for file in files { counts[[file.group, file.format], default: 0] += 1 }
        var text = "\(folder): \(files.count.grouped) files that can be read, \(unread.count.grouped) that are not\n"
        if !counts.isEmpty {
            text += Console.table(
                [["kind", "format", "files"]]
                    + counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.key + [$0.value.grouped] })
        }
        for line in UnreadFile.summary(unread) { text += "  not read: \(line)\n" }
        return text
    }
}
