// PredictInput.swift — what the inputs of `blendway predict` are: datasets, crops, photos, videos.

import Foundation

/// One thing to judge.
enum PredictInput: Equatable {
    /// A dataset file of ours.
    case dataset(String)
    /// Aligned crops that count as one video.
    case crops(video: String, [String])
    /// A photo or video whose faces have to be found.
    case media(String)
    /// What isn't there or can't be opened, and why; or a folder with nothing in it.
    case missing(String, reason: String, isEmpty: Bool = false)

    private static let pictures: Set = ["png", "jpg", "jpeg"]
    private static let videos: Set = ["mp4", "avi", "mov", "mkv", "webm", "m4v", "mpg", "mpeg"]

    /// One input that isn't there doesn't keep the others from being judged.
    /// - Parameter findsFaces: whether pictures are photos rather than crops.
    static func expand(_ inputs: [String], findsFaces: Bool) -> [PredictInput] {
        inputs.flatMap { input -> [PredictInput] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) else {
                return [.missing(input, reason: "\(input): there is no such file or folder; check the path")]
            }
            guard isFolder.boolValue else { return [kind(of: input, findsFaces: findsFaces)] }
            let items = folder(input, findsFaces: findsFaces)
            guard !items.isEmpty else {
                return [.missing(input, reason: "\(input): there is no picture, video or dataset in this folder or below it", isEmpty: true)]
            }
            return items
        }
    }

    /// A file that the user named is looked at, whatever its name.
    private static func kind(of path: String, findsFaces: Bool) -> PredictInput {
        let handle = FileHandle(forReadingAtPath: path)
        defer { try? handle?.close() }
        let head = [UInt8]((try? handle?.read(upToCount: 8)) ?? Data())
        if head == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] { return .dataset(path) }
        let isPicture = head.starts(with: [0xFF, 0xD8]) || head.starts(with: [0x89, 0x50, 0x4E, 0x47])
            || pictures.contains(ending(path))
        return isPicture && !findsFaces ? .crops(video: path, [path]) : .media(path)
    }

    private static func ending(_ path: String) -> String { URL(filePath: path).pathExtension.lowercased() }

    /// Files by their endings, folders below in the order of their names.
    private static func folder(_ path: String, findsFaces: Bool) -> [PredictInput] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            return [.missing(path, reason: "\(path): the folder cannot be read; check its permissions")]
        }
        let base = path.hasSuffix("/") ? String(path.dropLast()) : path
        var crops: [String] = []
        var items: [PredictInput] = []
        for name in names {
            let inside = "\(base)/\(name)"
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: inside, isDirectory: &isFolder) else { continue }
            if isFolder.boolValue {
                // A link to a folder could lead in a circle.
                guard (try? FileManager.default.destinationOfSymbolicLink(atPath: inside)) == nil else { continue }
                items += folder(inside, findsFaces: findsFaces)
            } else if ending(name) == "h5" {
                items.append(.dataset(inside))
            } else if videos.contains(ending(name)) || findsFaces && pictures.contains(ending(name)) {
                items.append(.media(inside))
            } else if pictures.contains(ending(name)) {
                crops.append(inside)
            }
        }
        return (crops.isEmpty ? [] : [.crops(video: base, crops)]) + items
    }
}
