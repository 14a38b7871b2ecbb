// AnchorStatistics+State.swift — the running means as named arrays, for the checkpoint.

extension AnchorStatistics {
    /// Arrays for the checkpoint: `running_mean_r` … `running_mean_f`, [D] each, of those seen.
    public var state: [(name: String, values: [Double])] {
        Anchor.allCases.compactMap { anchor in
            mean(of: anchor).map { (Self.name(anchor), $0) }
        }
    }

    /// Replaces all running means; an anchor without an array becomes unseen.
    /// - Throws: `ObjectiveError` if a name is unknown or an array has another length or numbers that
    ///   are not finite; the statistics then stay as they were.
    public mutating func restore(_ state: [(name: String, values: [Double])]) throws {
        var restored: [[Double]?] = Array(repeating: nil, count: Anchor.allCases.count)
        for (name, values) in state {
            guard let anchor = Anchor.allCases.first(where: { Self.name($0) == name }) else {
                throw ObjectiveError.unknownState(
                    object: "anchor_statistics", name: name,
                    known: Anchor.allCases.map(Self.name))
            }
            guard values.count == dimension else {
                throw ObjectiveError.wrongLength(
                    name: "anchor_statistics/\(name)", found: values.count, expected: dimension)
            }
            guard values.allSatisfy(\.isFinite) else {
                throw ObjectiveError.notFinite(name: "anchor_statistics/\(name)")
            }
            restored[anchor.rawValue] = values
        }
        means = restored
    }

    private static func name(_ anchor: Anchor) -> String { "running_mean_\(anchor.letter)" }
}
