// TargetTable.swift — soft targets of every feature map of a batch, row by row.

// B quadruples of this rank, A anchors in use, P neighbour pairs; M = (A + P)·B rows.

/// Soft targets of a rank's feature maps in the batch's row order: the anchors in the order given
/// (B rows each), then the bridges pair by pair (B rows each).
public struct TargetTable: Sendable {
    /// A·B + P·B; 0 for an empty share.
    public let rows: Int
    /// Probability that the attribute is present, [M] each. `blending` is the final head's as well.
    public let blending: [Float]
    public let identity: [Float]
    public let generation: [Float]
    /// Probability of each anchor (columns r, s, c, f), [M, 4]: targets of the multi-class form.
    public let anchor: [Float]

    /// - Parameters:
    ///   - anchors: the anchors in use, in the batch's order.
    ///   - quadruples: B.
    ///   - bridges: the pairs with their λ, [B] each; empty without bridging.
    public init(anchors: [Anchor], quadruples: Int, bridges: [(pair: AnchorPair, lambdas: [Float])]) {
        var attributes: [AttributeTargets] = []
        var classes: [Float] = []
        for anchor in anchors {
            for _ in 0..<quadruples {
                attributes.append(anchor.targets)
                classes.append(contentsOf: Anchor.allCases.map { $0 == anchor ? 1 : 0 })
            }
        }
        for (pair, lambdas) in bridges {
            precondition(
                lambdas.count == quadruples,
                "TargetTable: \(lambdas.count) bridges \(pair) for \(quadruples) quadruples")
            for lambda in lambdas {
                attributes.append(.bridge(pair, lambda: lambda))
                classes.append(
                    contentsOf: Anchor.allCases.map {
                        $0 == pair.to ? lambda : $0 == pair.from ? 1 - lambda : 0
                    })
            }
        }
        rows = attributes.count
        blending = attributes.map(\.blending)
        identity = attributes.map(\.identity)
        generation = attributes.map(\.generation)
        anchor = classes
    }

    /// Blending, identity, generation side by side, [M, 3]: targets of the multi-label form.
    public var labels: [Float] {
        (0..<rows).flatMap { [blending[$0], identity[$0], generation[$0]] }
    }
}
