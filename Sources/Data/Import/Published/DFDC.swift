// DFDC.swift — the Deepfake Detection Challenge and its preview. The challenge's names say nothing; its
// metadata.json does, see OfficialSplits.

extension PublishedDataset {
    public static let dfdc = PublishedDataset(
        title: "DFDC", option: "dfdc", topFolders: ["DFDC"],
        labels: [
            Label("DFDC_Real", "DFDC-real", isFake: false),
            Label("DFDC_Fake", "DFDC", isFake: true),
        ],
        realMethods: ["DFDC-real"]
    ) { _ in Naming() }

    /// The actor's number comes first; fakes don't name the video that they were made from.
    public static let dfdcPreview = PublishedDataset(
        title: "DFDCP", option: "dfdcp", topFolders: ["DFDCP", "dfdc_preview_set"],
        labels: [
            Label("DFDCP_Real", "DFDCP-real", isFake: false),
            Label("DFDCP_FakeA", "DFDCP-A", isFake: true),
            Label("DFDCP_FakeB", "DFDCP-B", isFake: true),
        ],
        realMethods: ["DFDCP-real"]
    ) { video in
        let parts = video.stem.underscored
        return parts[0].isNumber && parts.count > 1 ? Naming(identity: "DFDCP \(parts[0])") : Naming()
    }
}
