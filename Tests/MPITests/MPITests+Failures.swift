// MPITests+Failures.swift — a job in which a rank dies, stops or goes astray must end, and say why.

import DistributedTraining
import Foundation
import Testing
import TestSupport

extension MPITests {
    @Test func aKilledRankEndsTheJob() throws {
        let result = try Self.job(3, "killed", timeout: 30)
        #expect(!result.timedOut && result.status != 0, "\(result)")
    }

    @Test func anErrorOnOneRankEndsTheJobOfAll() throws {
        let result = try Self.job(3, "thrown", timeout: 30)
        #expect(!result.timedOut && result.status == 1, "\(result)")
        #expect(result.stderr.contains("rank 1: cannot write /nowhere"), "\(result)")
    }

    @Test(arguments: [1, 3])
    func theStatusThatAsksForARestartGetsThroughMpirun(ranks: Int) throws {
        let result = try Self.job(ranks, "exit75", timeout: 30)
        #expect(result.status == 75, "\(result)")
    }

    @Test(arguments: [1, 3])
    func aForgottenFinalizeIsMadeUpFor(ranks: Int) throws {
        let result = try Self.job(ranks, "exit0", timeout: 30)
        #expect(result.status == 0, "\(result)")
    }

    @Test(arguments: [2, 3])
    func aStoppedRankIsNamedAndTheJobEnds(ranks: Int) throws {
        try withTemporaryFolder { run in
            let folder = "\(run)/errors"
            let result = try Self.job(ranks, "stopped", folder, timeout: 40)
            #expect(!result.timedOut && result.status == Watchdog.exitStatus, "\(result)")
            // Where we are, for whom we wait, and what that rank did last.
            #expect(result.stderr.contains("'exchange statistics' at step 4 has lasted"), "\(result)")
            #expect(result.stderr.contains("Allreduce, collective"), "\(result)")
            let verdict = result.stderr.split(separator: "\n").filter { $0.contains("no sign of life") }
            #expect(verdict.count == 1, "one rank speaks for all\n\(result)")
            #expect(verdict.first?.hasPrefix("rank 0: rank \(ranks - 1) on ") == true, "\(result)")
            #expect(verdict.first?.contains("last seen") == true, "\(result)")
            let log = try String(contentsOfFile: "\(folder)/rank-0.log", encoding: .utf8)
            #expect(log.contains("rank \(ranks - 1) on "), "\(log)")
        }
    }

    @Test func aStuckBucketNamesItsParametersAndTheMissingRank() throws {
        try withTemporaryFolder { run in
            let result = try Self.job(3, "stoppedInBuckets", "\(run)/errors", timeout: 40)
            #expect(!result.timedOut && result.status != 0, "\(result)")
            #expect(result.stderr.contains(": bucket 0 (head) has waited 2"), "\(result)")
            #expect(result.stderr.contains("rank 1 on "), "\(result)")
            let logs = try [0, 2].map {
                try String(contentsOfFile: "\(run)/errors/rank-\($0).log", encoding: .utf8)
            }
            #expect(logs.contains { $0.contains("bucket 0 (head)") }, "\(logs)")
        }
    }

    @Test func ranksInDifferentCollectivesAreToldApart() throws {
        try withTemporaryFolder { run in
            let result = try Self.job(3, "wrongOrder", "\(run)/errors", timeout: 40)
            #expect(!result.timedOut && result.status == Watchdog.exitStatus, "\(result)")
            #expect(result.stderr.contains("rank 0: rank 1 is alive in 'before checkpoint'"), "\(result)")
            #expect(result.stderr.contains("(Barrier, collective"), "\(result)")
            #expect(result.stderr.contains("(Allgatherv, collective"), "\(result)")
        }
    }

    @Test func aSlowPhaseThatEndsAfterAllDoesNotEndTheJob() throws {
        try withTemporaryFolder { run in
            let result = try Self.job(2, "lateButAlive", "\(run)/errors")
            #expect(result.status == 0, "\(result)")
            #expect(result.stderr.contains("'slow disk' has ended after all"), "\(result)")
            // A job that ended well leaves no heartbeats behind.
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(run)/errors")
            #expect(left == ["rank-0.log"], "\(left)")
        }
    }

    @Test func aRunFolderThatCannotBeWrittenIsNamed() throws {
        let result = try Self.job(1, "badFolder")
        #expect(result.status == 1, "\(result)")
        #expect(result.stderr.contains("rank 0: cannot write /proc/nowhere"), "\(result)")
    }

    /// The program's MPI does not understand this launcher, as when mpiexec is another MPI's.
    @Test func separateWorldsAreRefusedWithTheRemedy() throws {
        let result = try run(
            builtProgram("MPIProbe"), ["facts"], environment: ["SLURM_STEP_NUM_TASKS": "4"])
        #expect(result.status == 1, "\(result)")
        #expect(result.stderr.contains("one of 4 processes that srun started together"), "\(result)")
        #expect(result.stderr.contains("srun --mpi=pmix"), "\(result)")
        #expect(!result.stderr.contains("MPI_ABORT"), "\(result)")
    }

    /// A batch script's shell has SLURM's variables, but a program in it is rightly alone.
    @Test func aSingleProcessInABatchScriptIsAWorldOfOne() throws {
        let result = try run(
            builtProgram("MPIProbe"), ["facts"],
            environment: ["SLURM_NTASKS": "4", "SLURM_JOB_ID": "17", "SLURM_PROCID": "0"])
        #expect(result.status == 0, "\(result)")
        #expect(result.stdout.contains("rank 0 of 1"), "\(result)")
    }
}
