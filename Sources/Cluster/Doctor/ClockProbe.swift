// ClockProbe.swift — how far the hosts' clocks are apart.

import DistributedTraining
import Foundation

package struct ClockFacts: Codable, Equatable, Sendable {
    /// Seconds by which each host's clock is ahead of the first one's.
    package var aheadSeconds: [Double]
    /// It may be wrong by so much: half the time that asking took.
    package var uncertaintySeconds: Double

    package init(aheadSeconds: [Double], uncertaintySeconds: Double) {
        self.aheadSeconds = aheadSeconds
        self.uncertaintySeconds = uncertaintySeconds
    }
}

enum ClockProbe {
    /// All ranks read their clocks after a barrier; the try in which rank 0 was held up least counts.
    /// Collective. Returns a value for each rank.
    static func measure(_ world: World) throws -> ClockFacts {
        var best = ClockFacts(aheadSeconds: [], uncertaintySeconds: .infinity)
        for _ in 0..<10 {
            try world.communicator.barrier(phase: "compare clocks")
            let before = monotonicSeconds()
            let mine = Date().timeIntervalSince1970
            let all = try world.communicator.allGather([mine], phase: "compare clocks").values
            // Every rank read its clock between its own entry, at most a barrier's skew before ours, and the end.
            let spent = (monotonicSeconds() - before) / 2
            if spent < best.uncertaintySeconds {
                best = ClockFacts(aheadSeconds: all.map { $0 - all[0] }, uncertaintySeconds: spent)
            }
        }
        return best
    }
}
