// UADFV.swift — UADFV, 49 videos and a fake of each.

extension PublishedDataset {
    /// "0000" and "0000_fake".
    public static let uadfv = PublishedDataset(
        title: "UADFV", option: "uadfv", topFolders: ["UADFV"],
        labels: [
            Label("UADFV_Real", "UADFV-real", isFake: false),
            Label("UADFV_Fake", "UADFV", isFake: true),
        ],
        realMethods: ["UADFV-real"]
    ) { video in
        let number = video.stem.underscored[0]
        guard number.isNumber else { return Naming() }
        return video.isFake
            ? Naming(identity: "UADFV \(number)", target: number) : Naming(identity: "UADFV \(number)")
    }
}
