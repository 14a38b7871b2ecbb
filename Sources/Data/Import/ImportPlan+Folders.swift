// ImportPlan+Folders.swift — from folders real/IDENTITY/… and fake/METHOD/… to a plan.

import ForeignFiles
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
    public static func ofFolders(
        _ root: FolderFrames, frames: Int?, rule: PairingRule = PairingRule()
    ) throws -> ImportPlan {
        var planned: [PlannedVideo] = []
        let (folders, unread) = pictureFolders(root)
        for folder in folders {
            let (path, group, isFake) = (folder.path, folder.path[1], folder.path[0] == "fake")
            // Deeper folders keep their place in the name: two may be called alike.
            let inner = path.dropFirst(2).filter { $0 != "frames" }.joined(separator: "/")
            let name = isFake ? (inner.isEmpty ? group : inner) : (inner.isEmpty ? group : "\(group)/\(inner)")
            var video = PlannedVideo(
                video: DatasetVideo(
                    name: name, method: isFake ? group : "real", isFake: isFake, identity: isFake ? "" : group,
                    source: path.joined(separator: "/")))
            video.number(folder.pictures.map { FramePath(parts: path + [$0]) }, by: rule)
            planned.append(video)
        }
        guard !planned.isEmpty else {
            let rest = UnreadFile.summary(unread, limit: 3).joined(separator: "; ")
            throw ImportError.badLayout(
                root: root.root, problem: "no folder real or fake with pictures in it" + (rest.isEmpty ? "" : " (\(rest))"))
        }
        findTargets(&planned)
        var plan = ImportPlan(planned, rule: rule, frames: frames)
        plan.unread = unread
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
}
