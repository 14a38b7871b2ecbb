// ImportPlan+Lists.swift — from DeepfakeBench's lists to a plan. Reading the lists is VideoList's part.

import Store

extension ImportPlan {
    /// What to take from lists.
    public struct Choice: Sendable {
        public var split: String
        /// nil: the one that there is.
        public var compression: String?
        /// Frames of a video; nil takes all.
        public var frames: Int?
        /// Labels that the user declares, with whether they are fake.
        public var declared: [String: Bool]
        public var rule: PairingRule

        public init(
            split: String, compression: String? = nil, frames: Int? = nil, declared: [String: Bool] = [:],
            rule: PairingRule = PairingRule()
        ) {
            self.split = split
            self.compression = compression
            self.frames = frames
            self.declared = declared
            self.rule = rule
        }
    }

    /// - Parameter root: of the folder that paths must stay in; absolute, without links.
    /// - Returns: the plan, and the compression that it is of ("" where the lists have none).
    /// - Throws: `ImportError`.
    public static func ofLists(
        _ lists: [VideoList], _ choice: Choice, root: FolderFrames
    ) throws -> (plan: ImportPlan, compression: String) {
        let compression = try compression(lists, choice)
        var planned: [[String]: PlannedVideo] = [:]
        for list in lists {
            for entry in list.videos
            where entry.split == choice.split && (entry.compression.isEmpty || entry.compression == compression) {
                let video = try plan(entry, of: list, choice, root: root)
                let key = [video.video.method, video.video.name]
                // The lists of single methods repeat the real videos.
                if let known = planned[key] {
                    guard known.frames.map(\.path) == video.frames.map(\.path) else {
                        throw ImportError.listsDisagree(file: list.file, video: "\(key[0])/\(key[1])")
                    }
                } else {
                    planned[key] = video
                }
            }
        }
        guard !planned.isEmpty else {
            let splits = Set(lists.flatMap { $0.videos.map(\.split) }).sorted()
            throw ImportError.noVideos(split: choice.split, present: splits.joined(separator: ", "))
        }
        return (ImportPlan(Array(planned.values), rule: choice.rule, frames: choice.frames), compression)
    }

    private static func compression(_ lists: [VideoList], _ choice: Choice) throws -> String {
        let present = Set(lists.flatMap { $0.videos.map(\.compression) }).subtracting([""]).sorted()
        let names = present.joined(separator: ", ")
        if let asked = choice.compression {
            guard present.contains(asked) || present.isEmpty else {
                throw ImportError.compression(asked: asked, present: names)
            }
            return present.isEmpty ? "" : asked
        }
        guard present.count <= 1 else { throw ImportError.compression(asked: nil, present: names) }
        return present.first ?? ""
    }

    private static func plan(
        _ entry: VideoList.Video, of list: VideoList, _ choice: Choice, root: FolderFrames
    ) throws -> PlannedVideo {
        let label: PublishedDataset.Label
        if let isFake = choice.declared[entry.label] {
            label = PublishedDataset.Label(name: entry.label, dataset: nil, method: entry.label, isFake: isFake)
        } else if let known = PublishedDataset.labels.first(where: { $0.name == entry.label }) {
            label = known
        } else {
            throw ImportError.unknownLabel(
                file: list.file, label: entry.label, known: PublishedDataset.labels.map(\.name).joined(separator: ", "))
        }
        var paths = try entry.frames.map { try FramePath(listed: $0, root: root.root) }
        // The root may be the dataset's own folder.
        if let first = paths.first, first.parts.count > 1, PublishedDataset.topFolders.contains(first.parts[0]),
            root.root.split(separator: "/").last.map(String.init) == first.parts[0],
            !root.contains(FramePath(parts: [first.parts[0]]))
        {
            paths = paths.map(\.withoutTop)
        }
        let naming =
            label.dataset?.naming(of: entry.name, isFake: label.isFake, path: paths.first?.parts ?? [])
            ?? PublishedDataset.Naming()
        let folder = paths.first.map { $0.parts.dropLast().joined(separator: "/") } ?? ""
        var video = PlannedVideo(
            video: DatasetVideo(
                name: entry.name, method: label.method, isFake: label.isFake, identity: naming.identity,
                source: folder, donor: naming.donor))
        if let target = naming.target, let dataset = label.dataset {
            video.targetKeys = dataset.realMethods.map { [$0, target] }
        }
        video.number(paths, by: choice.rule)
        return video
    }
}
