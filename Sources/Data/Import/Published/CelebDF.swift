// CelebDF.swift — Celeb-DF in its first two versions. What Celeb-DF++ adds is in CelebDFPlusPlus.swift.

extension PublishedDataset {
    /// "id0_0000" and "id0_id1_0000": idTARGET_idDONOR_NUMBER. Real videos from YouTube have a number only,
    /// and nobody says whether two of them show one person.
    public static let celebDF = PublishedDataset(
        title: "Celeb-DF", option: "celeb-df", topFolders: ["Celeb-DF-v1", "Celeb-DF-v2", "Celeb-DF"],
        labels: [
            Label("CelebDFv1_real", "Celeb-DF-v1-real", isFake: false),
            Label("CelebDFv1_fake", "Celeb-DF-v1", isFake: true),
            Label("CelebDFv2_real", "Celeb-DF-v2-real", isFake: false),
            Label("CelebDFv2_fake", "Celeb-DF-v2", isFake: true),
        ],
        realMethods: ["Celeb-DF-v2-real", "Celeb-DF-v1-real", "Celeb-DF++-real"]
    ) { video in
        var naming = celebNaming(video.stem, isFake: video.isFake)
        // The versions number their people and videos on their own.
        switch video.label {
        case "CelebDFv1_fake": naming.targetMethods = ["Celeb-DF-v1-real"]
        case "CelebDFv2_fake": naming.targetMethods = ["Celeb-DF-v2-real", "Celeb-DF++-real"]
        default: break
        }
        return naming
    }

    /// Names of all versions, and of what was made from them.
    static func celebNaming(_ stem: String, isFake: Bool) -> Naming {
        let parts = stem.underscored
        func isPerson(_ text: String) -> Bool { text.hasPrefix("id") && text.dropFirst(2).isNumber }
        guard parts.count == (isFake ? 3 : 2), isPerson(parts[0]), parts[parts.count - 1].isNumber else { return Naming() }
        guard isFake else { return Naming(identity: "Celeb-DF \(parts[0])") }
        guard isPerson(parts[1]) else { return Naming() }
        return Naming(
            identity: "Celeb-DF \(parts[0])", target: "\(parts[0])_\(parts[2])", donor: "Celeb-DF \(parts[1])")
    }
}
