// SameNames.swift — lists in which a fake is called like its real video. No dataset's scheme by itself: a
// user says so with `--names-as same`.

extension PublishedDataset {
    /// "clip7" is a real video, and also the fake that was made from it. Targets are looked for among all real
    /// videos that are imported together; nobody is known.
    public static let sameNames = PublishedDataset(
        title: "equal names", option: "same", topFolders: [], labels: [], realMethods: []
    ) { Naming(target: $0.isFake ? $0.name : nil) }
}
