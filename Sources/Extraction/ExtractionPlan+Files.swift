// ExtractionPlan+Files.swift — the files of an input, and names that no two of them share. What the files are is
// another part's matter.

import ForeignFiles
import Foundation
import Store

extension ExtractionPlan {
    /// An input's photos and films, with the folders that they lie in below it, and what is left aside there.
    /// - Throws: `ExtractionError.unreadable` for an input that is not there. What is wrong inside a folder is listed.
    static func files(_ input: String) throws -> (files: [(path: String, below: [String])], unread: [UnreadFile]) {
        let kind = FileKind.of(input)
        guard kind.group != .unreadable else { throw ExtractionError.unreadable(path: input, reason: kind.sentence) }
        // A file that the user named is looked at, whatever its name and kind.
        guard kind.group == .folder else { return ([(input, [])], []) }
        var request = FolderScan.Request(wanted: [.picture, .film])
        request.trusted = endings
        let scan = FolderScan(input, request)
        return (scan.files.map { ($0.path, $0.below) }, scan.unread)
    }

    /// Those of pictures and films, which are opened only when their turn comes.
    private static let endings: Set<String> = [
        "mp4", "avi", "mov", "mkv", "webm", "m4v", "mpg", "mpeg", "wmv", "flv", "3gp", "png", "jpg", "jpeg", "jfif", "webp", "bmp",
        "tif", "tiff", "gif", "jp2", "avif", "heic", "heif",
    ]

    /// Leaves of files that are one and the same the first, and lists the others.
    static func withoutRepeats(_ items: [ExtractionItem]) -> (items: [ExtractionItem], unread: [UnreadFile]) {
        var (first, unread): ([String: String], [UnreadFile]) = ([:], [])
        let kept = items.filter { item in
            let place = URL(fileURLWithPath: item.path).resolvingSymlinksInPath().path
            guard let other = first[place] else {
                first[place] = item.path
                return true
            }
            unread.append(UnreadFile(file: item.path, reason: "it is the same file as \(other)"))
            return false
        }
        return (kept, unread)
    }

    /// Gives files that would be one video names of their own: `IMG_1.jpg` and `IMG_1.mp4` keep their endings, and
    /// those of different folders as many of these as it takes. Names in published trees stay: they tell pairs.
    static func tellApart(_ items: inout [ExtractionItem]) {
        var groups: [[String]: [Int]] = [:]
        for place in items.indices where items[place].dataset == nil { groups[[items[place].video.method, items[place].video.name], default: []].append(place) }
        for (key, places) in groups where places.count > 1 {
            let parts = places.map { items[$0].path.split(separator: "/").map(String.init) }
            // At least what the name is made of already.
            for depth in key[1].split(separator: "/").count...max(1, parts.map(\.count).max()!) {
                let names = parts.map { $0.suffix(depth).joined(separator: "/") }
                guard Set(names).count == names.count else { continue }
                for (place, name) in zip(places, names) { items[place].video.name = name }
                break
            }
        }
    }

    /// What to call the faces of an item that aren't its largest: "clip#1", unless a file is called so.
    public func name(ofFace rank: Int, of video: DatasetVideo) -> String {
        if rank == 0 { return video.name }
        var name = "\(video.name)#\(rank)"
        while names.contains([video.method, name]) { name += "#" }
        return name
    }
}
