// FlightWindow.swift — how many pieces of gradients may be under way at once.

/// Grows while pieces pass quickly, shrinks when they queue. See Note [How much is under way] in
/// CommunicationThread.swift. Each rank has its own; they need not agree.
package struct FlightWindow {
    package static let fewest = 2
    package static let most = 16
    /// Seconds of a round, in which each rank passes a segment on: below, the network can take more at once;
    /// above, small messages wait too long.
    package static let quick = 0.002
    package static let slow = 0.005

    package private(set) var allowed: Int
    private let isFixed: Bool

    /// - Parameter fixed: a number that never changes; nil for one that adapts.
    package init(fixed: Int? = nil) {
        allowed = fixed ?? 4
        isFixed = fixed != nil
    }

    /// One piece has landed `seconds` after its start, in so many rounds.
    package mutating func landed(after seconds: Double, rounds: Int) {
        guard !isFixed else { return }
        let round = seconds / Double(max(rounds, 1))
        if round < Self.quick { allowed = min(allowed + 1, Self.most) }
        if round > Self.slow { allowed = max(allowed - 1, Self.fewest) }
    }
}
