// FrameStore.swift — where the bytes of listed frames come from: a folder here, an LMDB elsewhere.

import Foundation
import Glibc

/// Hands out pictures and landmarks by path; from any thread.
public protocol FrameStore: Sendable {
    /// How reports name a frame.
    func name(of path: FramePath) -> String
    /// An encoded picture.
    /// - Throws: `ImportError.unreadable`, `.escapes`.
    func picture(_ path: FramePath) throws -> [UInt8]
    /// [L, 2] x and y in pixels, flat.
    /// - Throws: `ImportError.unreadable`, `.escapes`.
    func landmarks(_ path: FramePath) throws -> [Float]
}

/// Frames as files below a folder.
public struct FolderFrames: FrameStore {
    /// Absolute, without links.
    public let root: String
    let followsLinks: Bool

    /// - Parameter followsLinks: links below the root may lead out of it. Otherwise a frame whose
    ///   folder lies elsewhere is refused: lists and archives come from strangers. The root itself
    ///   may always be a link.
    /// - Throws: `ImportError.missing`.
    public init(root: String, followsLinks: Bool) throws {
        guard let real = realpath(root, nil) else { throw ImportError.missing(path: root, what: "the root") }
        defer { free(real) }
        self.root = String(cString: real)
        self.followsLinks = followsLinks
        var status = stat()
        guard stat(self.root, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ImportError.missing(path: root, what: "a folder")
        }
    }

    public func name(of path: FramePath) -> String { "\(root)/\(path.joined)" }

    public func picture(_ path: FramePath) throws -> [UInt8] { try read(path, limit: Self.pictureLimit) }

    public func landmarks(_ path: FramePath) throws -> [Float] {
        let bytes = try read(path.landmarks, limit: NumpyArray.fileLimit)
        do {
            return try LandmarkValues.points(NumpyArray.parse(bytes))
        } catch let problem as NumpyArray.Problem {
            throw ImportError.unreadable(path: name(of: path.landmarks), reason: problem.text)
        }
    }

    /// Whether a file or folder is there.
    func contains(_ path: FramePath) -> Bool { access(name(of: path), F_OK) == 0 }

    /// Names of what lies directly in the root.
    func entries() -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
    }

    /// A face crop has 0.2 MB; an 8K frame as PNG may have 100.
    private static let pictureLimit = 256 << 20

    private func read(_ path: FramePath, limit: Int) throws -> [UInt8] {
        let full = name(of: path)
        if !followsLinks {
            let folder = FramePath(parts: path.parts.dropLast())
            if let real = realpath(name(of: folder), nil) {
                defer { free(real) }
                let place = String(cString: real)
                guard place == root || place.hasPrefix(root == "/" ? root : root + "/") else {
                    throw ImportError.escapes(path: path.joined, root: root, reason: "its folder is a link to \(place)")
                }
            }
        }
        return try FileBytes.read(full, limit: limit, followsLink: followsLinks)
    }
}
