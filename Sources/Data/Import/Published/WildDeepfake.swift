// WildDeepfake.swift — WildDeepfake: faces cut from videos of the internet. Its folders are numbered, and
// nothing says who is in them or what a fake was made from.

extension PublishedDataset {
    public static let wildDeepfake = PublishedDataset(
        title: "WildDeepfake", option: "wilddeepfake", topFolders: ["WildDeepfake", "deepfake_in_the_wild", "WDF"],
        labels: [
            Label("WDF_real", "WildDeepfake-real", isFake: false),
            Label("WDF_fake", "WildDeepfake", isFake: true),
            Label("WildDeepfake_real", "WildDeepfake-real", isFake: false),
            Label("WildDeepfake_fake", "WildDeepfake", isFake: true),
        ],
        realMethods: ["WildDeepfake-real"]
    ) { _ in Naming() }
}
