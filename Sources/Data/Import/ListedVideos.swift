// ListedVideos.swift — one entry of a list to a planned video: what its label and its place mean, whether
// these agree, where its frames lie, and what its name says. Which entries are wanted is ImportPlan's part.

import Store

/// Reads the entries of lists that are imported together.
struct ListedVideos {
    let declarations: LabelDeclarations
    let rule: PairingRule
    let root: FolderFrames
    /// What lies in the root, to tell at which of several folders a path begins.
    private let present: Set<String>
    /// The methods of real videos by the title of the scheme that their names follow.
    private var realMethods: [String: [String]] = [:]
    private var allRealMethods: [String] = []

    init(_ lists: [VideoList], _ declarations: LabelDeclarations, rule: PairingRule, root: FolderFrames) {
        self.declarations = declarations
        self.rule = rule
        self.root = root
        present = root.entries()
        for label in Set(lists.flatMap { $0.videos.map(\.label) }).sorted() {
            guard let meaning = LabelMeaning(label, declarations), !meaning.isFake else { continue }
            allRealMethods.append(meaning.method)
            if let dataset = meaning.dataset { realMethods[dataset.title, default: []].append(meaning.method) }
        }
        // Real videos that lie in another dataset's tree are called as there.
        for tree in PublishedDataset.allCases { allRealMethods += tree.realMethods.filter { !allRealMethods.contains($0) } }
    }

    /// - Throws: `ImportError`: `.unknownLabel`, `.contradiction`, `.escapes`.
    func plan(_ entry: VideoList.Video, of list: VideoList) throws -> PlannedVideo {
        let meaning = try meaning(of: entry, list)
        let listed = try entry.frames.map {
            try FramePath(listed: $0, root: root.root, present: present, datasets: Set(list.datasets))
        }
        let folders = Set(listed.map { Array($0.parts.dropLast()) }).sorted { $0.lexicographicallyPrecedes($1) }
        var tree: PublishedTree?
        for folder in folders {
            guard let found = PublishedTree.find(folder) else { continue }
            guard found.isFake == meaning.isFake else {
                throw ImportError.contradiction(
                    "\(list.file): '\(entry.name)' has the label '\(meaning.label)', which means "
                        + "\(Self.word(meaning.isFake)), but its frames lie in \(found.place), where "
                        + "\(Self.word(found.isFake)) videos are")
            }
            tree = tree ?? found
        }
        let folder = folders.first ?? []
        var (dataset, method) = (meaning.dataset, meaning.method)
        // What was made of another dataset's real videos lists these under a label of its own.
        if !meaning.isFake, let tree, meaning.borrowsReals, tree.dataset.option != "df40" {
            (dataset, method) = (tree.dataset, tree.method)
        }
        let name = VideoName(entry.name, isFake: meaning.isFake, path: folder, label: entry.label, set: entry.set)
        var naming = dataset?.naming(of: name) ?? Naming()
        // Lists of other hands give keys of their own; the folder has the video's name.
        if naming == Naming(), tree != nil, let last = folder.last, last != entry.name {
            var other = name
            other.name = last
            naming = dataset?.naming(of: other) ?? Naming()
        }
        if meaning.isFake {
            method = naming.method ?? (meaning.coversSeveral && meaning.label.lowercased() == "fake" ? entry.group : method)
        } else if meaning.label.lowercased() == "real", tree == nil {
            method = "real"
        }
        var video = PlannedVideo(
            video: DatasetVideo(
                name: entry.name, method: method, isFake: meaning.isFake, identity: naming.identity,
                source: folder.joined(separator: "/"), donor: naming.donor))
        video.number(onDisk(listed), by: rule)
        if let target = naming.target, let dataset {
            let usual = naming.targetMethods.isEmpty ? dataset.realMethods : naming.targetMethods
            let methods = dataset.realMethods.isEmpty ? allRealMethods : usual + (realMethods[dataset.title] ?? [])
            video.targetKeys = methods.map { [$0, target] }
        }
        if !meaning.isFake, tree != nil, let last = folder.last, last != entry.name { video.alias = last }
        return video
    }

    static func word(_ isFake: Bool) -> String { isFake ? "fake" : "real" }

    /// The label of a video, after comparing it with its group's.
    private func meaning(of entry: VideoList.Video, _ list: VideoList) throws -> LabelMeaning {
        guard let own = LabelMeaning(entry.label, declarations) else {
            throw ImportError.unknownLabel(file: list.file, label: entry.label)
        }
        guard entry.group != entry.label, let group = LabelMeaning(entry.group, declarations) else { return own }
        let clash = own.isFake != group.isFake
        guard clash || own.isFake && own.method != group.method && !own.coversSeveral && !group.coversSeveral else {
            // A bare "fake" in a group that says which.
            return own.coversSeveral && !group.coversSeveral ? group : own
        }
        throw ImportError.contradiction(
            "\(list.file): '\(entry.name)' stands under '\(entry.group)' (\(clash ? Self.word(group.isFake) : group.method)), "
                + "but has the label '\(entry.label)' (\(clash ? Self.word(own.isFake) : own.method))")
    }

    /// The root may be the dataset's own folder.
    private func onDisk(_ paths: [FramePath]) -> [FramePath] {
        guard let first = paths.first, first.parts.count > 1, PublishedDataset.topFolders.contains(first.parts[0]),
            root.root.split(separator: "/").last.map(String.init) == first.parts[0], !present.contains(first.parts[0])
        else { return paths }
        return paths.map(\.withoutTop)
    }
}
