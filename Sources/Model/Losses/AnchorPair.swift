// AnchorPair.swift — two neighbours on the way from real to fake.

/// A step of the progression: bridges lie between its ends, a transition block predicts `to` from
/// `from`, and `to` must lie further along the orientation.
public struct AnchorPair: Hashable, Sendable, CustomStringConvertible {
    public let from: Anchor
    public let to: Anchor

    public init(_ from: Anchor, _ to: Anchor) {
        self.from = from
        self.to = to
    }

    /// A number below 16 that depends on the two anchors only, never on the order in use.
    package var code: Int { from.rawValue * 4 + to.rawValue }

    /// Such as "r-s".
    public var description: String { "\(from.letter)-\(to.letter)" }
}
