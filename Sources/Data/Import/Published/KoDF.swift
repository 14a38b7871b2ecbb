// KoDF.swift — the Korean DeepFake Detection Dataset. Its real clips lie in a folder a person and begin with
// that folder's name; who is in a fake stands in its tables, not in its name.

extension PublishedDataset {
    public static let koDF = PublishedDataset(
        title: "KoDF", option: "kodf", topFolders: ["KoDF"],
        labels: [
            Label("KoDF_real", "KoDF-real", isFake: false),
            Label("KoDF_fake", "KoDF", isFake: true),
        ],
        realMethods: ["KoDF-real"]
    ) { video in
        let person = video.stem.underscored[0]
        guard !video.isFake, !person.isEmpty, person != video.stem, video.path.contains(person) else { return Naming() }
        return Naming(identity: "KoDF \(person)")
    }
}
