// LabelDeclarations.swift — what a user says about the labels of lists and about the names under them, read
// from options and checked.

/// What a user says about the labels of lists.
public struct LabelDeclarations: Sendable {
    /// `--label NAME=real|fake`.
    public var isFake: [String: Bool] = [:]
    /// `--names-as LABEL=SCHEME`.
    public var schemes: [String: PublishedDataset] = [:]
    /// `--names-as SCHEME`, for all labels that no dataset of its own is known for.
    public var usualScheme: PublishedDataset?

    public init() {}

    /// DF40's names follow those of other datasets, so that a user may say which.
    func scheme(of label: String, known: PublishedDataset?) -> PublishedDataset? {
        schemes[label] ?? (known == nil || known?.option == "df40" || isFake[label] != nil ? usualScheme : nil)
    }

    /// - Parameters: as the user wrote them.
    /// - Throws: `ImportError.badDeclaration`.
    public init(labels: [String], namesAs: [String]) throws {
        for text in labels {
            guard let cut = text.lastIndex(of: "="), ["real", "fake"].contains(text[text.index(after: cut)...]) else {
                throw ImportError.badDeclaration("--label '\(text)' is not of the form NAME=real or NAME=fake.")
            }
            let (label, says) = (String(text[..<cut]), text.hasSuffix("fake"))
            if let meaning = LabelMeaning(label), meaning.isFake != says {
                throw ImportError.badDeclaration(
                    "--label \(text): '\(label)' is known to be \(meaning.isFake ? "fake" : "real"); leave it out.")
            }
            if let before = isFake[label], before != says {
                throw ImportError.badDeclaration("--label says of '\(label)' that it is real and that it is fake; leave one out.")
            }
            isFake[label] = says
        }
        for text in namesAs {
            let cut = text.lastIndex(of: "=")
            let option = cut.map { String(text[text.index(after: $0)...]) } ?? text
            guard let scheme = PublishedDataset.scheme(option) else {
                throw ImportError.badDeclaration("--names-as '\(text)': \(PublishedDataset.schemesInWords)")
            }
            if let cut {
                schemes[String(text[..<cut])] = scheme
            } else {
                guard usualScheme == nil else {
                    throw ImportError.badDeclaration("--names-as names two schemes; say for which label each is: LABEL=\(option).")
                }
                usualScheme = scheme
            }
        }
    }

    /// Refuses declarations that concern no label of the lists: a misspelt one must not pass for a used one.
    /// - Throws: `ImportError.badDeclaration`.
    func requireUse(in labels: Set<String>) throws {
        let present = labels.sorted().joined(separator: ", ")
        for (option, names) in [("--label", Set(isFake.keys)), ("--names-as", Set(schemes.keys))] {
            if let unused = names.subtracting(labels).min() {
                throw ImportError.badDeclaration("\(option) names the label '\(unused)', but the lists have: \(present).")
            }
        }
        if let scheme = usualScheme,
            !labels.contains(where: { self.scheme(of: $0, known: LabelMeaning.known($0)?.dataset) != nil && schemes[$0] == nil })
        {
            throw ImportError.badDeclaration(
                "--names-as \(scheme.option) concerns none of the labels (\(present)), whose names are known; say "
                    + "--names-as LABEL=\(scheme.option) to read one of them so all the same.")
        }
    }
}

extension PublishedDataset {
    /// Of `--names-as`.
    public static func scheme(_ option: String) -> PublishedDataset? {
        option == sameNames.option ? sameNames : named(option)
    }

    public static var schemesInWords: String {
        let options = allCases.map(\.option) + [sameNames.option]
        return "give one of \(options.joined(separator: ", ")), alone or as LABEL=SCHEME."
    }
}
