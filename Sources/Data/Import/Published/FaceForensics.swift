// FaceForensics.swift — FaceForensics++ with its four methods, and FaceShifter, which came later.

extension PublishedDataset {
    /// "000" and "000_003": TARGET_DONOR, both numbers of real videos.
    public static let faceForensics = PublishedDataset(
        title: "FaceForensics++", option: "ffpp", topFolders: ["FaceForensics++", "FaceShifter"],
        labels: [
            Label("FF-real", "original", isFake: false),
            Label("FF-DF", "Deepfakes", isFake: true),
            Label("FF-F2F", "Face2Face", isFake: true),
            Label("FF-FS", "FaceSwap", isFake: true),
            Label("FF-NT", "NeuralTextures", isFake: true),
            // Both spellings are in circulation.
            Label("FF-FH", "FaceShifter", isFake: true),
            Label("FF-SH", "FaceShifter", isFake: true),
        ],
        realMethods: ["original"]
    ) { video in
        let parts = video.stem.underscored
        guard parts.allSatisfy(\.isNumber), parts.count == (video.isFake ? 2 : 1) else { return Naming() }
        return video.isFake
            ? Naming(identity: "FF++ \(parts[0])", target: parts[0], donor: "FF++ \(parts[1])")
            : Naming(identity: "FF++ \(parts[0])")
    }
}
