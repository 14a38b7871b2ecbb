// ImportPlan+Folders.swift — from folders real/IDENTITY/… and fake/METHOD/… to a plan.

import Foundation
import Store

extension ImportPlan {
    /// Looks through the folders `real` and `fake` of a root.
    ///
    /// Below `real/IDENTITY` and `fake/METHOD` every folder that holds pictures is a video; pictures
    /// that lie in these folders themselves are a video named like the folder. A fake whose name
    /// begins with the name of a real video and "_" has that one as its target (the longest such);
    /// what follows is the donor if it is an identity or a real video.
    /// - Parameter frames: of each video; nil takes all.
    /// - Throws: `ImportError.badLayout`, `.missing`.
    public static func ofFolders(_ root: FolderFrames, frames: Int?) throws -> ImportPlan {
        var planned: [PlannedVideo] = []
        for (top, isFake) in [("real", false), ("fake", true)] {
            guard root.contains(FramePath(parts: [top])) else { continue }
            for group in try names(in: [top], root) {
                for (path, pictures) in try videos(in: [top, group], root) {
                    // Deeper folders keep their place in the name: two may be called alike.
                    let inner = path.dropFirst(2).filter { $0 != "frames" }.joined(separator: "/")
                    let name = isFake ? (inner.isEmpty ? group : inner) : (inner.isEmpty ? group : "\(group)/\(inner)")
                    var video = PlannedVideo(
                        video: DatasetVideo(
                            name: name, method: isFake ? group : "real", isFake: isFake, identity: isFake ? "" : group,
                            source: path.joined(separator: "/")))
                    video.frames = numbered(pictures.map { FramePath(parts: path + [$0]) })
                    planned.append(video)
                }
            }
        }
        guard !planned.isEmpty else {
            throw ImportError.badLayout(root: root.root, problem: "no folder real or fake with pictures (.png, .jpg) in it")
        }
        findTargets(&planned)
        var plan = ImportPlan(planned)
        if let frames { plan.select(frames) }
        return plan
    }

    private static func findTargets(_ planned: inout [PlannedVideo]) {
        let reals = planned.filter { !$0.video.isFake }.map(\.video)
        let names = NamedTargets(reals.map { NamedReal(name: $0.name, identity: $0.identity) })
        for place in planned.indices where planned[place].video.isFake {
            switch names.answer(for: planned[place].video.name) {
            case .unknown: continue
            case .ambiguous(let found): planned[place].candidates = found.map { reals[$0].name }
            case .found(let real, let donor):
                planned[place].video.identity = reals[real].identity
                planned[place].targetKeys = [[reals[real].method, reals[real].name]]
                planned[place].video.donor = donor
            }
        }
    }

    /// Folders with pictures, and these, from `path` downwards.
    private static func videos(in path: [String], _ root: FolderFrames, depth: Int = 0) throws -> [([String], [String])] {
        guard depth < 8 else { return [] }
        var found: [([String], [String])] = []
        var pictures: [String] = []
        for name in try names(in: path, root) {
            var isFolder: ObjCBool = false
            let full = root.name(of: FramePath(parts: path + [name]))
            guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) else { continue }
            if isFolder.boolValue {
                if name != "landmarks" && name != "masks" {
                    found += try videos(in: path + [name], root, depth: depth + 1)
                }
            } else if ["png", "jpg", "jpeg"].contains(name.split(separator: ".").last?.lowercased() ?? "") {
                pictures.append(name)
            }
        }
        return (pictures.isEmpty ? [] : [(path, pictures)]) + found
    }

    private static func names(in path: [String], _ root: FolderFrames) throws -> [String] {
        let full = root.name(of: FramePath(parts: path))
        do {
            return try FileManager.default.contentsOfDirectory(atPath: full).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            throw ImportError.missing(path: full, what: "a readable folder")
        }
    }
}
