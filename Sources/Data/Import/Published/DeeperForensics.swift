// DeeperForensics.swift — DeeperForensics-1.0: faces of hired actors in videos of FaceForensics++.

extension PublishedDataset {
    /// "000_M004": video 000 of FaceForensics++ with the actor's face. The actors' own videos stand in folders
    /// by their names.
    public static let deeperForensics = PublishedDataset(
        title: "DeeperForensics-1.0", option: "deeperforensics", topFolders: ["DeeperForensics-1.0"],
        labels: [
            Label("DF_real", "DeeperForensics-real", isFake: false),
            Label("DF_fake", "DeeperForensics", isFake: true),
        ],
        realMethods: ["original"], borrowsReals: true
    ) { video in
        if video.isFake {
            let parts = video.stem.underscored
            guard parts.count >= 2, parts[0].isNumber else { return Naming() }
            return Naming(identity: "FF++ \(parts[0])", target: parts[0], donor: "DeeperForensics \(parts[1])")
        }
        guard let place = video.path.firstIndex(of: "source_videos"), place + 1 < video.path.count else { return Naming() }
        return Naming(identity: "DeeperForensics \(video.path[place + 1])")
    }
}
