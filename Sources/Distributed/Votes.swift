// Votes.swift — what every rank says at the end of a step, and what all have decided.
//
// A rank that skips a step, stops, or meets a bad number by itself leaves the others hanging in a
// collective. So nobody acts alone: all say what they have, and act on the sum.

/// What one rank says at a step's boundary.
public struct Votes: Sendable, Equatable {
    /// The step this rank is at. All must be at the same.
    public var step: Int64
    /// Samples in this rank's share of the batch.
    public var samples: Int64
    /// Samples it had to leave out.
    public var quarantined: Int64
    /// Its loss or gradient is not a finite number.
    public var nonFinite: Bool
    /// It was asked to stop, see `StopSignal`.
    public var stopRequested: Bool
    /// Its time is up.
    public var timeLimit: Bool
    /// It cannot go on, for a reason that it reports itself.
    public var failed: Bool

    public init(
        step: Int, samples: Int = 0, quarantined: Int = 0, nonFinite: Bool = false,
        stopRequested: Bool = false, timeLimit: Bool = false, failed: Bool = false
    ) {
        self.step = Int64(step)
        self.samples = Int64(samples)
        self.quarantined = Int64(quarantined)
        self.nonFinite = nonFinite
        self.stopRequested = stopRequested
        self.timeLimit = timeLimit
        self.failed = failed
    }
}

/// What all ranks together have said; the same on every rank.
public struct Decision: Sendable, Equatable {
    public var step: Int
    /// Totals over all ranks.
    public var samples: Int
    public var quarantined: Int
    /// How many ranks said so.
    public var nonFiniteRanks: Int
    public var stopRanks: Int
    public var timeLimitRanks: Int
    public var failedRanks: Int

    public var nonFinite: Bool { nonFiniteRanks > 0 }
    public var stopRequested: Bool { stopRanks > 0 }
    public var timeLimit: Bool { timeLimitRanks > 0 }
    public var failed: Bool { failedRanks > 0 }
}

extension Communicator {
    /// Adds up all ranks' votes. Collective; every rank gets the same decision.
    ///
    /// Throws `.ranksDiffer` on all ranks when they are not at the same step.
    /// Cost: one all-reduce of 64 bytes.
    public func agree(_ votes: Votes) throws(MPIError) -> Decision {
        func count(_ flag: Bool) -> Int64 { flag ? 1 : 0 }
        // A new vote is a new line here, in the order in which the decision reads them.
        let sums = try allReduce(
            .sum,
            [
                votes.step,
                votes.step &* votes.step,
                votes.samples,
                votes.quarantined,
                count(votes.nonFinite),
                count(votes.stopRequested),
                count(votes.timeLimit),
                count(votes.failed),
            ], phase: "agree")
        // Equal exactly when the steps' variance is zero. All ranks compute it from the same sums,
        // so all throw or none does. Wrapping: equal numbers stay equal.
        guard sums[1] &* Int64(size) == sums[0] &* sums[0] else {
            throw .ranksDiffer(
                rank: rank, object: "the step (here \(votes.step))",
                remedy: "a rank has skipped or repeated a step; start again from the last checkpoint")
        }
        return Decision(
            step: Int(votes.step), samples: Int(sums[2]), quarantined: Int(sums[3]),
            nonFiniteRanks: Int(sums[4]), stopRanks: Int(sums[5]), timeLimitRanks: Int(sums[6]),
            failedRanks: Int(sums[7]))
    }
}
