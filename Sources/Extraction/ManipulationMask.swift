// ManipulationMask.swift — where the frames of a fake were manipulated: masks as FaceForensics++, DeepFakeDetection and
// FFIW publish them, a film or a folder of pictures beside each fake.

import Foundation
import Imaging

/// One frame's mask; bright is manipulated.
package struct ManipulationMask {
    let image: Image

    package init(image: Image) { self.image = image }

    /// The box with the largest share of the manipulated pixels; nil where there are next to none, or outside of all.
    func mostCovered(of boxes: [FaceBox], width: Int, height: Int) -> Int? {
        var covered = [Int](repeating: 0, count: boxes.count)
        var all = 0
        for y in 0..<image.height {
            // The middle of the mask's pixel, in pixels of the frame.
            let row = (2 * y + 1) * height / (2 * image.height)
            for x in 0..<image.width where image.pixels[(y * image.width + x) * image.channels] > 64 {
                all += 1
                let column = (2 * x + 1) * width / (2 * image.width)
                for (place, box) in boxes.enumerated()
                where column >= box.left && column <= box.right && row >= box.top && row <= box.bottom {
                    covered[place] += 1
                }
            }
        }
        guard all * 10_000 > image.width * image.height, let most = covered.max(), most > 0 else { return nil }
        return covered.firstIndex(of: most)
    }
}

/// The masks of one film, frame by frame.
final class FilmMasks {
    /// By file name without ending, for a folder of pictures.
    private var pictures: [Int: String] = [:]
    private var film: (any PictureSource)?
    private var waiting: SourcePicture?

    /// - Parameter path: a film, or a folder of pictures whose names end in the frames' numbers.
    /// - Throws: `ExtractionError.unreadable`.
    init(_ path: String, choosing choice: FrameChoice) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ExtractionError.unreadable(path: path, reason: "it is not there")
        }
        guard isFolder.boolValue else {
            film = try PictureSources.open(path, choosing: choice)
            return
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() {
            let stem = name.split(separator: ".").first ?? ""
            let digits = stem.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
            if let number = Int(String(digits)) { pictures[number] = "\(path)/\(name)" }
        }
    }

    /// The mask of a frame; nil where there is none. Frames are asked for in ascending order.
    func mask(of frame: Int) throws -> ManipulationMask? {
        if let picture = pictures[frame] {
            guard let image = try? Image.read(picture) else { return nil }
            return ManipulationMask(image: image)
        }
        guard let film else { return nil }
        while (waiting?.index ?? -1) < frame {
            do {
                guard let next = try film.next() else { return nil }
                waiting = next
            } catch ExtractionError.badFrame {
                continue
            }
        }
        return waiting?.index == frame ? waiting.map { ManipulationMask(image: $0.image) } : nil
    }
}

/// The masks of a published set, below one folder.
public struct MaskFolder: Sendable {
    public let path: String
    /// By the file's name without ending; a path below the folder may follow.
    private let files: [String: [String]]

    /// - Throws: `ExtractionError.unreadable` for what is no folder.
    public init(_ path: String) throws {
        let root = path.hasSuffix("/") ? String(path.dropLast()) : path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue,
            let found = FileManager.default.enumerator(atPath: root)
        else { throw ExtractionError.unreadable(path: path, reason: "it is no folder of masks") }
        var files: [String: [String]] = [:]
        while let name = found.nextObject() as? String {
            guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { continue }
            let file = name.split(separator: "/").last.map(String.init) ?? name
            let isFilm = file.contains(".")
            if isFilm && !["mp4", "avi", "mkv", "mov", "webm"].contains(file.split(separator: ".").last!.lowercased()) { continue }
            let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
            files[stem, default: []].append(name)
        }
        self.path = root
        self.files = files.mapValues { $0.sorted() }
    }

    /// The mask of a fake, by its name; of several of one name, the one whose path has the fake's method in it.
    package func file(of name: String, method: String) -> String? {
        let stem = name.split(separator: "/").last.map(String.init) ?? name
        guard let found = files[stem] ?? files[stem + "_mask"] else { return nil }
        if found.count == 1 { return "\(path)/\(found[0])" }
        let own = found.filter { $0.split(separator: "/").contains { $0 == method } }
        return own.count == 1 ? "\(path)/\(own[0])" : nil
    }
}
