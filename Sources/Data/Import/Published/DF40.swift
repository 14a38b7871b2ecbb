// DF40.swift — DF40's forty methods, roop as DeepfakeBench has it, and the sets of pictures that its lists
// also know labels for (GenImage). What counts of a method is whether its frames are those of a real video.

extension PublishedDataset {
    /// Labels METHOD_Real and METHOD_Fake, in sets such as "simswap_ff" and "simswap_cdf". Their real videos
    /// are those of FaceForensics++ and Celeb-DF-v2, and their names follow these. A swap is a real video with
    /// another face. A reenacted face is a still that was moved, so that it has people but no target;
    /// synthesised and edited pictures have neither.
    public static let df40 = PublishedDataset(
        title: "DF40", option: "df40", topFolders: ["DF40", "DF40_train", "DF40_test"],
        labels: DF40.labels, realMethods: ["original", "Celeb-DF-v2-real"], borrowsReals: true,
        read: DF40.naming)
}

/// Facts about DF40's methods and names.
enum DF40 {
    static let swaps = [
        "fsgan", "faceswap", "simswap", "inswap", "blendface", "uniface", "mobileswap", "e4s", "facedancer", "roop",
    ]
    static let reenactments = [
        "fomm", "facevid2vid", "wav2lip", "MRAA", "one_shot_free", "pirender", "tpsm", "lia", "danet", "sadtalker",
        "mcnet", "hyperreenact",
    ]
    /// Synthesised, edited, or of sources of their own: whatever their names say is no video that is at hand.
    static let others = [
        "deepfacelab", "heygen", "VQGAN", "StyleGAN2", "StyleGAN3", "StyleGANXL", "sd1.5", "sd2.1", "ddim", "rddm", "pixart",
        "DiT", "SiT", "MidJourney", "whichisreal", "whichfaceisreal", "stargan", "starganv2", "styleclip", "e4e", "CollabDiff",
        "Collaborative_Diffusion", "dalle2_face", "adm", "biggan", "glide", "midjourney", "sdv4", "sdv5", "vqdm", "wukong",
    ]
    /// For several methods at once: DF40's protocols.
    static let protocols = ["FSAll", "FRAll", "EFSAll", "DF40_train", "DF40_test", "DF40_all"]

    static let labels: [PublishedDataset.Label] =
        (swaps + reenactments + others).flatMap { method in
            // Several of its lists say roop whatever the method; their sets and paths say which.
            [
                PublishedDataset.Label("\(method)_Real", "\(method)-real", isFake: false),
                PublishedDataset.Label("\(method)_Fake", method, isFake: true, coversSeveral: method == "roop"),
            ]
        }
        + protocols.flatMap { name in
            [
                PublishedDataset.Label("\(name)_Real", "\(name)-real", isFake: false),
                PublishedDataset.Label("\(name)_Fake", name, isFake: true, coversSeveral: true),
            ]
        }

    private static let methods: [String: String] = Dictionary(
        (swaps + reenactments + others).map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })

    @Sendable static func naming(of video: VideoName) -> Naming {
        let (stem, suffix) = cut(video.stem)
        let own = label(video.label)
        let isShared = own == nil || own == "roop" || protocols.contains(own ?? "")
        let method = (isShared ? inPath(video.path) ?? suffix ?? inSet(video.set) : nil) ?? own
        guard video.isFake else { return Naming() }
        var naming = Naming(method: isShared ? method : nil)
        guard let method, let known = methods[method.lowercased()], !others.contains(known) else { return naming }
        let domain = domain(video)
        var people = Naming()
        if domain != "cdf", stem.utf8.count == 7 {
            people = PublishedDataset.faceForensics.naming(of: stem, isFake: true)
            people.targetMethods = ["original", "\(known)-real"]
        }
        if domain != "ff", people.target == nil {
            people = PublishedDataset.celebNaming(stem, isFake: true)
            people.targetMethods = ["Celeb-DF-v2-real", "\(known)-real"]
        }
        guard people.target != nil else { return naming }
        (naming.identity, naming.donor) = (people.identity, people.donor)
        if swaps.contains(known) { (naming.target, naming.targetMethods) = (people.target, people.targetMethods) }
        return naming
    }

    /// The method of a fakes' label; nil for other labels.
    private static func label(_ label: String) -> String? { methodsOfLabels[label] ?? methodsOfLabels[label.lowercased()] }

    private static let methodsOfLabels: [String: String] = Dictionary(
        labels.filter(\.isFake).flatMap { [($0.name, $0.method), ($0.name.lowercased(), $0.method)] },
        uniquingKeysWith: { first, _ in first })

    /// "306_278_simswap" → "306_278" and simswap.
    private static func cut(_ stem: String) -> (String, String?) {
        let folded = stem.lowercased()
        guard let (lower, method) = methods.first(where: { folded.hasSuffix("_" + $0.key) }) else { return (stem, nil) }
        return (String(stem.dropLast(lower.count + 1)), method)
    }

    /// "DF40/simswap/ff/frames/…" → simswap.
    private static func inPath(_ path: [String]) -> String? {
        guard let top = path.firstIndex(where: PublishedDataset.df40.topFolders.contains), top + 1 < path.count else { return nil }
        return methods[path[top + 1].lowercased()]
    }

    /// "simswap_ff" → simswap.
    private static func inSet(_ set: String) -> String? {
        let base = ["_ff", "_cdf"].first { set.hasSuffix($0) }.map { String(set.dropLast($0.count)) } ?? set
        return methods[base.lowercased()]
    }

    /// "ff" or "cdf", from the folder or from the set; nil where nothing says it.
    private static func domain(_ video: VideoName) -> String? {
        if let folder = video.path.first(where: { $0 == "ff" || $0 == "cdf" }) { return folder }
        if video.path.contains("DF40_train") { return "ff" }
        return ["_ff", "_cdf"].first { video.set.hasSuffix($0) }.map { String($0.dropFirst()) }
    }
}
