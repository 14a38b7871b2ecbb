// PredictInput.swift — what the inputs of `blendway predict` are: datasets, crops, photos, videos.

import ForeignFiles
import Foundation

/// One thing to judge.
enum PredictInput: Equatable {
    /// A dataset file of ours.
    case dataset(String)
    /// Aligned crops that count as one video.
    case crops(video: String, [String])
    /// A photo or video whose faces have to be found.
    case media(String)

    /// Inputs by their contents; folders are looked through, in the order of their names.
    ///
    /// - Parameter findsFaces: whether pictures are photos rather than crops.
    /// - Returns: with what is not there, or in a folder and of no kind that can be judged: the rest goes on.
    static func expand(_ inputs: [String], findsFaces: Bool) -> (items: [PredictInput], unread: [UnreadFile]) {
        var (items, unread): ([PredictInput], [UnreadFile]) = ([], [])
        for input in inputs {
            let kind = FileKind.of(input)
            switch kind.group {
            case .folder:
                let (inside, left) = folder(input, findsFaces: findsFaces)
                items += inside
                unread += left
                if inside.isEmpty, left.isEmpty { unread.append(UnreadFile(file: input, reason: "the folder is empty")) }
            case .unreadable: unread.append(UnreadFile(file: input, reason: kind.sentence))
            // A file that the user named is tried, whatever it seems to be.
            case .hdf5: items.append(.dataset(input))
            case .picture where !findsFaces: items.append(.crops(video: input, [input]))
            default: items.append(.media(input))
            }
        }
        return (items, unread)
    }

    private static func folder(_ path: String, findsFaces: Bool) -> ([PredictInput], [UnreadFile]) {
        let scan = FolderScan(path, FolderScan.Request(wanted: [.picture, .film, .hdf5]))
        // The pictures of one folder are one video, before all else in it.
        var crops: [String: [String]] = [:]
        func container(_ file: FolderScan.File) -> String { String(file.path.dropLast(file.below.last!.count + 1)) }
        for file in scan.files where file.kind?.group == .picture && !findsFaces { crops[container(file), default: []].append(file.path) }
        var items: [PredictInput] = []
        for file in scan.files {
            if let pictures = crops.removeValue(forKey: container(file)) { items.append(.crops(video: container(file), pictures)) }
            switch file.kind?.group {
            case .hdf5: items.append(.dataset(file.path))
            case .picture where !findsFaces: continue
            default: items.append(.media(file.path))
            }
        }
        return (items, scan.unread)
    }
}
