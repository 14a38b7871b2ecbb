// ReductionTally.swift — how long the steps of an interval waited for which gradients, on this rank.

import DistributedTraining
import Report

/// Adds up the reductions of some steps.
struct ReductionTally {
    private var steps = 0
    private var longest = 0.0
    private(set) var seconds = 0.0
    /// By bucket: waited and in flight.
    private var buckets: [String: (waited: Double, inFlight: Double)] = [:]

    mutating func add(_ step: ReduceStatistics) {
        steps += 1
        seconds += step.secondsWaited
        longest = max(longest, step.secondsWaited)
        for bucket in step.buckets {
            buckets[bucket.name, default: (0, 0)].waited += bucket.secondsWaited
            buckets[bucket.name, default: (0, 0)].inFlight += bucket.secondsInFlight
        }
    }

    var summary: IntervalRecord.Reduction {
        func milliseconds(_ seconds: Double) -> Double {
            (seconds / Double(max(steps, 1)) * 1e6).rounded() / 1e3
        }
        let worst = buckets.sorted { ($0.value.waited, $1.key) > ($1.value.waited, $0.key) }.prefix(3)
        return .init(
            meanMs: milliseconds(seconds), longestMs: (longest * 1e6).rounded() / 1e3,
            buckets: worst.map {
                .init(name: $0.key, waitMs: milliseconds($0.value.waited), flightMs: milliseconds($0.value.inFlight))
            })
    }
}
