// GlobalMeans.swift — counts and means of the anchors over all ranks' samples.

// D numbers of a pooled feature, K = 4 anchors.

/// What the reduced `AnchorBatch.localSums()` say.
struct GlobalMeans {
    /// Samples over all ranks, by `Anchor.rawValue`.
    let counts: [Int]
    private let means: [[Double]?]

    /// - Parameter sums: [K, 1 + D], summed over ranks.
    init(sums: [Double], dimension: Int) {
        let rows = Anchor.allCases.map { anchor in
            sums[anchor.rawValue * (dimension + 1)..<(anchor.rawValue + 1) * (dimension + 1)]
        }
        counts = rows.map { Int($0.first!) }
        means = rows.map { row in
            row.first! > 0 ? row.dropFirst().map { $0 / row.first! } : nil
        }
    }

    /// [D]; nil if no rank has a sample of this anchor.
    func mean(of anchor: Anchor) -> [Double]? { means[anchor.rawValue] }
}
