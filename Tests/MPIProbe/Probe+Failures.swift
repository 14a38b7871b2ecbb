// Probe+Failures.swift — ranks that die, stop, or take a wrong turn.

import DistributedTraining
import Glibc

extension Probe {
    static func killed(_ world: World, _: [String]) throws {
        if world.rank == 1 { raise(SIGKILL) }
        try world.communicator.barrier()
    }

    /// Rank 1 fails by itself and exits without a word to the others, who wait for it.
    static func thrown(_ world: World, _: [String]) throws {
        if world.rank == 1 { throw MPIError.folder(rank: 1, path: "/nowhere", reason: "a test") }
        try world.communicator.barrier()
    }

    /// A program that forgets `finalize`.
    static func exit0(_ world: World, _: [String]) throws {
        exit(0)
    }

    /// The end of a run that wants to be started again.
    static func exit75(_ world: World, _: [String]) throws {
        try world.communicator.barrier()
        world.finalize()
        exit(75)
    }

    /// The last rank stops in the middle of step 4. With one rank left waiting or with three.
    static func stopped(_ world: World, _ arguments: [String]) throws {
        try impatientWatchdog(world, arguments[0])
        for step in 0..<6 {
            world.phases.setStep(step)
            // Longer than a beat, so that the heartbeat shows step 3 at least.
            usleep(250_000)
            if step == 4 && world.rank == world.size - 1 {
                world.phases.during("forward", detail: "stem") { _ = raise(SIGSTOP) }
            }
            try world.phases.during("exchange statistics", limit: 2) {
                _ = try world.communicator.allReduce(.sum, 1.0, phase: "sum of statistics")
            }
        }
    }

    static func wrongOrder(_ world: World, _ arguments: [String]) throws {
        try impatientWatchdog(world, arguments[0])
        let all = world.communicator
        if world.rank == 0 {
            _ = try all.allGather([1, 2, 3], phase: "gather scores")
        } else {
            try all.barrier(phase: "before checkpoint")
        }
    }

    /// Rank 0's disk is slow; it is over its limit, but comes back before the verdict.
    static func lateButAlive(_ world: World, _ arguments: [String]) throws {
        // Late is noticed within 1.5 s and judged 2.5 s after that: the phase ends in between.
        try world.startWatchdog(folder: arguments[0], beatSeconds: 1)
        if world.rank == 0 { world.phases.during("slow disk", limit: 0.5) { _ = usleep(2_400_000) } }
        try world.communicator.barrier()
    }

    static func badFolder(_ world: World, _: [String]) throws {
        try world.startWatchdog(folder: "/proc/nowhere/errors")
    }
}
