// PublishedTree.swift — where a file lies in the tree of a published dataset, and what that says of it.
// Works on names of folders alone.

/// What the folders of a published tree say of a file in them.
public struct PublishedTree: Sendable {
    public var dataset: PublishedDataset
    public var isFake: Bool
    public var method: String
    /// The folders that say it, for errors.
    public var place: String

    /// - Parameter folders: from a user's input or a list's root downwards; what is above must not matter.
    /// - Returns: nil where no published tree is recognised.
    public static func find(_ folders: [String]) -> PublishedTree? {
        df40(folders) ?? faceForensics(folders) ?? celebDF(folders) ?? others(folders)
    }

    private static func faceForensics(_ folders: [String]) -> PublishedTree? {
        guard let top = folders.firstIndex(where: { $0 == "original_sequences" || $0 == "manipulated_sequences" }),
            top + 1 < folders.count
        else { return nil }
        let (isFake, name) = (folders[top] == "manipulated_sequences", folders[top + 1])
        let labels = [PublishedDataset.faceForensics, .deepFakeDetection].flatMap { dataset in dataset.labels.map { (dataset, $0) } }
        // The original videos' folder has a name of its own. Others add methods of theirs to the tree.
        let known = labels.first {
            $0.1.isFake == isFake && name == ($0.1.method == "original" ? "youtube" : $0.1.method)
        }
        return PublishedTree(
            dataset: known?.0 ?? .faceForensics, isFake: isFake, method: known?.1.method ?? name, place: "\(folders[top])/\(name)")
    }

    private static func celebDF(_ folders: [String]) -> PublishedTree? {
        let reals: Set<String> = ["Celeb-real", "YouTube-real", "Youtube-real"]
        guard let top = folders.firstIndex(where: { reals.contains($0) || $0 == "Celeb-synthesis" }) else { return nil }
        let isFake = folders[top] == "Celeb-synthesis"
        let above = Set(folders[..<top])
        let isThird =
            !above.isDisjoint(with: PublishedDataset.celebDFPlusPlus.topFolders)
            || isFake && top + 1 < folders.count && ["FaceSwap", "FaceReenact", "TalkingFace"].contains(folders[top + 1])
        let name = isThird ? "Celeb-DF++" : above.contains("Celeb-DF-v1") ? "Celeb-DF-v1" : "Celeb-DF-v2"
        return PublishedTree(
            dataset: isThird ? .celebDFPlusPlus : .celebDF, isFake: isFake, method: isFake ? name : "\(name)-real",
            place: folders[top])
    }

    /// DF40/METHOD/ff, /cdf and /fake hold fakes, /real real ones; in its folder for training all are fakes.
    private static func df40(_ folders: [String]) -> PublishedTree? {
        guard let top = folders.firstIndex(where: PublishedDataset.df40.topFolders.contains), top + 1 < folders.count else {
            return nil
        }
        let method = folders[top + 1]
        let kind = top + 2 < folders.count ? folders[top + 2].lowercased() : ""
        let isFake = ["ff", "cdf", "fake", "frames"].contains(kind) || folders[top] == "DF40_train" && kind != "real"
        guard isFake || kind == "real" else { return nil }
        return PublishedTree(
            dataset: .df40, isFake: isFake, method: isFake ? method : "\(method)-real",
            place: folders[top...min(top + 2, folders.count - 1)].joined(separator: "/"))
    }

    /// Datasets whose own folder has to be there, since the folders in it have common names.
    private static func others(_ folders: [String]) -> PublishedTree? {
        let trees: [(PublishedDataset, [(folder: String, method: String, isFake: Bool)])] = [
            (.dfdcPreview, [
                ("original_videos", "DFDCP-real", false), ("method_A", "DFDCP-A", true), ("method_B", "DFDCP-B", true),
            ]),
            (.deeperForensics, [
                ("source_videos", "DeeperForensics-real", false), ("manipulated_videos", "DeeperForensics", true),
            ]),
            (.uadfv, [("real", "UADFV-real", false), ("fake", "UADFV", true)]),
            (.ffiw, [("source", "FFIW-real", false), ("target", "FFIW", true)]),
            (.wildDeepfake, [
                ("real_train", "WildDeepfake-real", false), ("real_test", "WildDeepfake-real", false),
                ("fake_train", "WildDeepfake", true), ("fake_test", "WildDeepfake", true),
            ]),
        ]
        for (dataset, kinds) in trees {
            guard let top = folders.firstIndex(where: dataset.topFolders.contains) else { continue }
            for kind in kinds {
                let found = folders[(top + 1)...].first { $0.replacing(" ", with: "_") == kind.folder }
                if let found {
                    return PublishedTree(
                        dataset: dataset, isFake: kind.isFake, method: kind.method, place: "\(folders[top])/…/\(found)")
                }
            }
        }
        return nil
    }
}
