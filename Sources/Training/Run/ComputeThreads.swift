// ComputeThreads.swift — how many threads a rank may compute with, from what its host lets it use.

import CKernels
import DistributedTraining
import Foundation

public enum ComputeThreads {
    /// Cores that this process is bound to, divided by the ranks that are bound to the same ones.
    ///
    /// A launcher that binds each rank to cores of its own (`--bind-to core`, a SLURM step) and one that
    /// binds none both give every core one thread; so does a container that is limited to some cores.
    /// Collective.
    public static func available(_ world: World) throws -> Int {
        let mine = affinity()
        let key = Array(world.hosts[world.rank].utf8) + [0] + mine
        let all = try world.communicator.allGather(key, phase: "exchange the cores in use")
        let sharers = (0..<world.size).filter { Array(all[$0]) == key }.count
        let cores = mine.reduce(0) { $0 + $1.nonzeroBitCount }
        return max(1, cores / sharers)
    }

    /// One bit a core.
    private static func affinity() -> [UInt8] {
        var mask = [UInt8](repeating: 0, count: 128)
        guard bw_core_mask(&mask, Int32(mask.count)) == 0 else {
            return [UInt8](repeating: 1, count: ProcessInfo.processInfo.activeProcessorCount)
        }
        return mask
    }
}
