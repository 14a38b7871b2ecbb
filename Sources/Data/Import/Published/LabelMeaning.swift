// LabelMeaning.swift — what a label of a list means: known labels, labels that say it themselves, and what
// the user declares. A contradiction between them is an error.

/// A label with its meaning.
public struct LabelMeaning: Sendable {
    public var label: String
    public var isFake: Bool
    public var method: String
    /// Whose naming scheme the videos follow; nil where nothing is known of their names.
    public var dataset: PublishedDataset?
    /// It stands for several methods.
    public var coversSeveral: Bool

    /// - Returns: nil for a label that is neither known nor declared nor says it itself.
    /// - Parameter label: as a list writes it; known ones are also found in other letter cases.
    public init?(_ label: String, _ declarations: LabelDeclarations = LabelDeclarations()) {
        self.label = label
        if let (dataset, known) = Self.known(label) {
            (isFake, method, self.dataset, coversSeveral) = (known.isFake, known.method, dataset, known.coversSeveral)
        } else if let (stem, isFake) = Self.stated(label) {
            (self.isFake, dataset) = (isFake, nil)
            method = stem.isEmpty ? label : isFake ? stem : "\(stem)-real"
            coversSeveral = stem.isEmpty
        } else if let isFake = declarations.isFake[label] {
            (self.isFake, method, dataset, coversSeveral) = (isFake, label, nil, false)
        } else {
            return nil
        }
        if let scheme = declarations.scheme(of: label, known: dataset) { dataset = scheme }
    }

    /// Whether its real videos may be another dataset's: so are those under labels that no dataset is known for.
    var borrowsReals: Bool { Self.known(label)?.dataset.borrowsReals ?? true }

    /// Of the published lists.
    static func known(_ label: String) -> (dataset: PublishedDataset, label: PublishedDataset.Label)? {
        exact[label] ?? folded[label.lowercased()]
    }

    private static let exact: [String: (PublishedDataset, PublishedDataset.Label)] = Dictionary(
        PublishedDataset.allCases.flatMap { dataset in dataset.labels.map { ($0.name, (dataset, $0)) } },
        uniquingKeysWith: { first, _ in first })
    private static let folded: [String: (PublishedDataset, PublishedDataset.Label)] = Dictionary(
        PublishedDataset.allCases.flatMap { dataset in dataset.labels.map { ($0.name.lowercased(), (dataset, $0)) } },
        uniquingKeysWith: { first, _ in first })

    /// "NAME_Real", "NAME_fake", or the bare word.
    private static func stated(_ label: String) -> (stem: String, isFake: Bool)? {
        let lower = label.lowercased()
        for (word, isFake) in [("real", false), ("fake", true)] {
            if lower == word { return ("", isFake) }
            if lower.hasSuffix("_" + word) || lower.hasSuffix("-" + word) {
                return (String(label.dropLast(word.count + 1)), isFake)
            }
        }
        return nil
    }
}
