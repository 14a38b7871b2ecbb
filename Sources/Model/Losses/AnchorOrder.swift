// AnchorOrder.swift — in which order the anchors stand, and who neighbours whom.

/// How forgery accumulates: the published progression and the two alternatives of its ablation.
public enum AnchorOrder: String, Codable, CaseIterable, Sendable {
    /// real → self-blended → cross-blended → deepfake.
    case progressive = "r-s-c-f"
    /// real → deepfake → self-blended → cross-blended, known as R2D2B.
    case deepfakeFirst = "r-f-s-c"
    /// Every kind of fake stands directly beside real.
    case surround

    /// All anchors, first to last.
    public var sequence: [Anchor] {
        switch self {
        case .progressive, .surround: [.real, .selfBlended, .crossBlended, .deepfake]
        case .deepfakeFirst: [.real, .deepfake, .selfBlended, .crossBlended]
        }
    }

    /// The given anchors in this order.
    public func sorted(_ anchors: [Anchor]) -> [Anchor] {
        sequence.filter(anchors.contains)
    }

    /// Neighbours among the given anchors; an anchor that is left out is stepped over.
    public func pairs(among anchors: [Anchor]) -> [AnchorPair] {
        let used = sorted(anchors)
        guard let first = used.first else { return [] }
        let starts = self == .surround ? Array(repeating: first, count: used.count) : used
        return zip(starts, used.dropFirst()).map { AnchorPair($0, $1) }
    }
}
