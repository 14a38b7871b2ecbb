// CelebDFPlusPlus.swift — Celeb-DF++, also called Celeb-DF-v3: Celeb-DF's real videos with fakes of 22
// methods in three families of folders.

extension PublishedDataset {
    /// "FaceSwap/SimSwap/id0_id1_0000", or the last part with the family and the method in the path. Swaps
    /// are named as in Celeb-DF. A reenacted face is a still that was moved: its frames show no moment of a
    /// real video, so that it has people but no target.
    public static let celebDFPlusPlus = PublishedDataset(
        title: "Celeb-DF++", option: "celeb-df++", topFolders: ["Celeb-DF-v3", "Celeb-DF++"],
        labels: [
            Label("CelebDFv3_real", "Celeb-DF++-real", isFake: false),
            Label("CelebDFv3_fake", "Celeb-DF++", isFake: true, coversSeveral: true),
        ],
        realMethods: ["Celeb-DF++-real", "Celeb-DF-v2-real"]
    ) { video in
        var naming = celebNaming(video.stem, isFake: video.isFake)
        guard video.isFake else { return naming }
        let places = video.path + video.name.split(separator: "/").map(String.init)
        guard let place = places.firstIndex(where: families.contains) else {
            naming.target = nil
            return naming
        }
        if places.indices.contains(place + 1), places[place + 1] != video.stem { naming.method = places[place + 1] }
        // Celeb-DF's own fakes are among them.
        if let method = naming.method, ["Celeb-DF", "Celeb-DF-v2"].contains(method) { naming.method = "Celeb-DF-v2" }
        if places[place] != "FaceSwap" { naming.target = nil }
        return naming
    }

    private static let families: Set<String> = ["FaceSwap", "FaceReenact", "TalkingFace"]
}
