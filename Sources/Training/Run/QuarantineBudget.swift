// QuarantineBudget.swift — how much of the data may be unusable before a run ends: the rule, and what of a run
// counts for it. What is unusable, and where it is listed, is told elsewhere.

/// Samples that a run has met and those that it could not use. Part of a run's state: a resumed run goes on
/// counting where it was.
struct QuarantineBudget: Equatable {
    /// Good and bad ones.
    var seen = 0
    var bad = 0
    /// The newest batch had no good sample at all.
    private var isWholeBatchBad = false

    init(seen: Int = 0, bad: Int = 0) {
        self.seen = seen
        self.bad = bad
    }

    /// Counts a step's batch, over all ranks.
    mutating func count(good: Int, bad: Int) {
        seen += good + bad
        self.bad += bad
        isWholeBatchBad = good == 0 && bad > 0
    }

    /// A single bad sample at the start is no share: judged from a hundred samples on, or where a whole batch is
    /// bad.
    func exceeds(_ limit: Double) -> Bool {
        (seen >= 100 || isWholeBatchBad) && Double(bad) > limit * Double(seen)
    }

    /// The rule for a file that is read as a whole: one frame is no share, all of them are too many under any limit,
    /// and a limit of 0 allows none.
    static func exceeds(_ limit: Double, bad: Int, of frames: Int) -> Bool {
        guard bad > 0 else { return false }
        if limit == 0 || bad == frames { return true }
        return bad > 1 && Double(bad) > limit * Double(frames)
    }
}
