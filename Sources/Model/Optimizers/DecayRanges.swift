// DecayRanges.swift — which of the flat parameters weight decay applies to.

// P parameters.

/// Splits 0 ..< P into runs with and without weight decay (biases and norms often go without).
public struct DecayRanges: Sendable {
    /// P.
    public let count: Int
    private let withoutDecay: [Range<Int>]

    /// - Parameters:
    ///   - count: P.
    ///   - withoutDecay: ranges that are exempt; ascending, not overlapping.
    /// - Throws: `ObjectiveError.badRange`.
    public init(count: Int, withoutDecay: [Range<Int>] = []) throws {
        var end = 0
        for range in withoutDecay {
            guard range.lowerBound >= end, range.upperBound <= count else {
                throw ObjectiveError.badRange(name: "no-decay list", range: range, count: count)
            }
            end = range.upperBound
        }
        self.count = count
        self.withoutDecay = withoutDecay.filter { !$0.isEmpty }
    }

    /// Calls `body` for the runs of equal decay that make up `range`, in order.
    package func forEachRun(in range: Range<Int>, _ body: (_ run: Range<Int>, _ decays: Bool) -> Void) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count,
            "DecayRanges: \(range) of \(count) parameters")
        var start = range.lowerBound
        for exempt in withoutDecay where exempt.overlaps(range) {
            let clipped = exempt.clamped(to: range)
            if start < clipped.lowerBound { body(start..<clipped.lowerBound, true) }
            body(clipped, false)
            start = clipped.upperBound
        }
        if start < range.upperBound { body(start..<range.upperBound, true) }
    }
}
