// Probe+Steps.swift — votes at step boundaries and the wish to stop.

import DistributedTraining
import Glibc

extension Probe {
    static func agreement(_ world: World, _: [String]) throws {
        let all = world.communicator
        let last = world.size - 1
        // Unequal shares; rank 0's is empty.
        let decision = try all.agree(
            Votes(
                step: 7, samples: world.rank * 3, quarantined: world.rank == last ? 2 : 0,
                stopRequested: world.rank == last, timeLimit: world.rank == 0))
        let samples = (0..<world.size).reduce(0) { $0 + $1 * 3 }
        expect(decision.step == 7 && decision.samples == samples, "\(decision)", world)
        expect(decision.quarantined == 2, "\(decision)", world)
        expect(decision.stopRanks == 1 && decision.timeLimitRanks == 1, "\(decision)", world)
        expect(decision.stopRequested && decision.timeLimit, "flags", world)
        expect(!decision.nonFinite && !decision.failed, "flags", world)

        let bad = try all.agree(Votes(step: 8, nonFinite: true, failed: world.rank == 0))
        expect(bad.nonFiniteRanks == world.size && bad.failedRanks == 1, "\(bad)", world)
        expect(bad.samples == 0 && !bad.stopRequested, "\(bad)", world)
    }

    static func stepsDiffer(_ world: World, _: [String]) throws {
        do {
            _ = try world.communicator.agree(Votes(step: world.rank == 1 ? 5 : 6))
            expect(false, "agreed on two steps", world)
        } catch {
            guard case .ranksDiffer = error else { throw error }
            say("noticed")
        }
        // All have noticed, so all are still together.
        try world.communicator.barrier()
    }

    /// Goes on until somebody outside sends a signal; every rank says where it stopped.
    static func untilStopped(_ world: World, _: [String]) throws {
        StopSignal.install()
        say("running")
        for step in 0..<2000 {
            let decision = try world.communicator.agree(
                Votes(step: step, stopRequested: StopSignal.isRequested))
            if decision.stopRequested {
                say("stopped at \(step)")
                return
            }
            usleep(10_000)
        }
        expect(false, "no signal came", world)
    }

    static func stopSignal(_ world: World, _: [String]) throws {
        StopSignal.install()
        expect(!StopSignal.isRequested && StopSignal.name == nil, "stop before a signal", world)
        for step in 0... {
            if step == 3 && world.rank == world.size - 1 { raise(SIGUSR1) }
            let decision = try world.communicator.agree(
                Votes(step: step, stopRequested: StopSignal.isRequested))
            guard decision.stopRequested else { continue }
            expect(step == 3, "stopped at step \(step)", world)
            break
        }
        if world.rank == world.size - 1 {
            expect(StopSignal.name == "SIGUSR1", "\(StopSignal.name ?? "none")", world)
            // A second signal does not hide the first one.
            raise(SIGTERM)
            expect(StopSignal.name == "SIGUSR1", "\(StopSignal.name ?? "none")", world)
        }
    }
}
