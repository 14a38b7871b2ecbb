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
        /// What the user says about labels and names.
        public var labels: LabelDeclarations
        public var rule: PairingRule

        public init(
            split: String, compression: String? = nil, frames: Int? = nil, labels: LabelDeclarations = LabelDeclarations(),
            rule: PairingRule = PairingRule()
        ) {
            self.split = split
            self.compression = compression
            self.frames = frames
            self.labels = labels
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
        try choice.labels.requireUse(in: Set(lists.flatMap { $0.videos.flatMap { [$0.label, $0.group] } }))
        let reader = ListedVideos(lists, choice.labels, rule: choice.rule, root: root)
        var planned: [[String]: PlannedVideo] = [:]
        for list in lists {
            for entry in list.videos
            where entry.split == choice.split && (entry.compression.isEmpty || entry.compression == compression) {
                let video = try reader.plan(entry, of: list)
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

    }
}
