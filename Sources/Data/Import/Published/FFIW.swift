// FFIW.swift — FFIW-10K: videos of several people, of whom one face was changed.

extension PublishedDataset {
    /// Numbers, below source/ and target/. Nothing published says that equal numbers are one scene, so fakes
    /// have no target unless a user says `--names-as same`.
    public static let ffiw = PublishedDataset(
        title: "FFIW", option: "ffiw",
        topFolders: ["FFIW", "FFIW10K", "FFIW10K-v1-release", "FFIW10K-v1-release-test"],
        labels: [
            Label("FFIW_Real", "FFIW-real", isFake: false),
            Label("FFIW_Fake", "FFIW", isFake: true),
        ],
        realMethods: ["FFIW-real"]
    ) { _ in Naming() }
}
