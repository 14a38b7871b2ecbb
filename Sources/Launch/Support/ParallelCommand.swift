// ParallelCommand.swift — what commands that run under mpirun share: the world, the log, and how an
// error on some ranks ends all of them with one message.

import ArgumentParser
import DistributedTraining
import Foundation
import Logging
import Training

extension ParsableCommand {
    /// Starts MPI, runs `work` on every rank and ends MPI. Never returns normally with an error: the
    /// error is printed as a sentence and the whole job ends with its exit code.
    func runOnAllRanks(_ work: (World, Logger) throws -> CommandExit) throws {
        let world: World
        do {
            world = try World.start()
        } catch {
            try reportingFailures { throw error }
            return
        }
        StderrLogHandler.bootstrap(rank: world.rank)
        let log = Logger(label: "blendway")
        do {
            let exit = try work(world, log)
            world.finalize()
            guard exit == .done else { throw ExitCode(exit.rawValue) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            var isAnothers = false
            if case .otherRankFailed? = error as? TrainingError { isAnothers = true }
            fail(CommandFailure(error), world, isAnothers: isAnothers)
        }
    }

    private func fail(_ failure: CommandFailure, _ world: World, isAnothers: Bool) -> Never {
        // What is wrong is mostly wrong on all ranks: rank 0 says it and ends the job. Others speak
        // only if it does not; and who only knows that another rank failed lets that one speak.
        if isAnothers { sleep(8) } else if world.rank != 0 { sleep(4) }
        let place = world.size > 1 ? "rank \(world.rank): " : ""
        Console.error("blendway \(Self._commandName): \(place)\(failure.message)\n")
        world.watchdog?.record(failure.message)
        if world.size > 1 { world.abort(failure.exit.rawValue) }
        Foundation.exit(failure.exit.rawValue)
    }
}
