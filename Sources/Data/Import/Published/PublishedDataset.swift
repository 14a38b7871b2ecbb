// PublishedDataset.swift — a published dataset as far as names go: the labels of its lists, the folders of
// its tree, and what the names of its videos say. The datasets are in the files beside this one, one each;
// nothing here opens a file. A new one is a file, a line in `allCases` and a row in docs/import.md; where its
// videos lie, so that extraction knows them, is told to PublishedTree.

/// One dataset, or several that name their videos in one way.
public struct PublishedDataset: Sendable {
    /// As its authors write it.
    public let title: String
    /// What `--names-as` calls its way of naming videos.
    public let option: String
    /// Folders that stand at the top of its tree, in which lists' paths begin.
    let topFolders: [String]
    public let labels: [Label]
    /// The methods among whose videos a fake's target is looked for, in this order.
    package let realMethods: [String]
    /// Its fakes were made of other datasets' real videos, whose frames its lists name.
    let borrowsReals: Bool
    private let read: @Sendable (VideoName) -> Naming

    /// A label of the lists, with the method's name as its authors write it.
    public struct Label: Sendable {
        public let name: String
        public let method: String
        public let isFake: Bool
        /// It stands for several methods, which the videos' own labels, paths or names tell apart.
        public let coversSeveral: Bool

        init(_ name: String, _ method: String, isFake: Bool, coversSeveral: Bool = false) {
            (self.name, self.method, self.isFake, self.coversSeveral) = (name, method, isFake, coversSeveral)
        }
    }

    init(
        title: String, option: String, topFolders: [String], labels: [Label], realMethods: [String],
        borrowsReals: Bool = false, read: @escaping @Sendable (VideoName) -> Naming
    ) {
        self.title = title
        self.option = option
        self.topFolders = topFolders
        self.labels = labels
        self.realMethods = realMethods
        self.borrowsReals = borrowsReals
        self.read = read
    }

    /// Reads a name. Identities carry a prefix, so that those of several datasets can be told apart
    /// and people of FaceForensics++ are the same in every dataset that builds on it. What a name doesn't
    /// say is unknown; nothing is guessed.
    public func naming(of name: VideoName) -> Naming { read(name) }

    /// - Parameter path: of its frames, for datasets whose names don't say who it is.
    public func naming(of name: String, isFake: Bool, path: [String] = []) -> Naming {
        read(VideoName(name, isFake: isFake, path: path))
    }
}

extension PublishedDataset: CaseIterable {
    /// All that are known, in the order in which documents list them.
    public static let allCases: [PublishedDataset] = [
        faceForensics, deepFakeDetection, celebDF, celebDFPlusPlus, dfdc, dfdcPreview, deeperForensics, uadfv, df40, ffiw,
        wildDeepfake, koDF,
    ]

    /// Folders in which lists' paths begin.
    static let topFolders = Set(allCases.flatMap(\.topFolders))

    public static func named(_ option: String) -> PublishedDataset? { allCases.first { $0.option == option } }
}
