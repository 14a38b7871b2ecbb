// MPITests.swift — the MPI layer under mpirun: each test starts the probe as a job.
//
// One after the other: a job of four ranks on two cores is crowded enough.

import DistributedTraining
import Glibc
import Testing
import TestSupport

@Suite(.serialized) struct MPITests {
    static let rankCounts = [1, 2, 3, 4]

    /// The probe as a job. A scenario that finds a fault exits with 1 and says why.
    static func job(
        _ ranks: Int, _ scenario: String..., arguments: [String] = [], environment: [String: String] = [:],
        timeout: Double = 60
    ) throws -> ProcessResult {
        // Crashes are expected in some tests; their backtraces would take seconds each.
        try runUnderMPI(
            ranks: ranks, executable: builtProgram("MPIProbe"), arguments: scenario + arguments,
            environment: ["SWIFT_BACKTRACE": "enable=no"].merging(environment) { $1 },
            timeout: timeout)
    }

    /// Lines of standard output that begin with `start`.
    static func lines(_ result: ProcessResult, _ start: String) -> [Substring] {
        result.stdout.split(separator: "\n").filter { $0.hasPrefix(start) }
    }
}

extension MPITests {
    @Test(arguments: rankCounts)
    func everyRankKnowsItsPlaceAndItsHost(ranks: Int) throws {
        let result = try Self.job(ranks, "facts")
        #expect(result.status == 0, "\(result)")
        #expect(Self.lines(result, "rank").count == ranks, "\(result)")
    }

    @Test(arguments: rankCounts)
    func collectivesEqualASerialOracle(ranks: Int) throws {
        let result = try Self.job(ranks, "collectives")
        #expect(result.status == 0, "\(result)")
        #expect(Self.lines(result, "done").count == ranks, "\(result)")
    }

    /// The probe compares every bit with a tree that it adds up by itself.
    @Test(arguments: [1, 2, 4])
    func sumsInTheOrderOfATreeAreThatTreesToTheBit(ranks: Int) throws {
        let result = try Self.job(ranks, "treeSums")
        #expect(result.status == 0, "\(result)")
        let alone = try Self.job(ranks, "treeSums", "serialized")
        #expect(alone.status == 0, "\(alone)")
    }

    @Test(arguments: [1, 2, 3, 4, 6, 7])
    func sumsGoOnWhileTheRanksWork(ranks: Int) throws {
        let result = try Self.job(ranks, "sumsBesideWork")
        #expect(result.status == 0, "\(result)")
    }

    @Test(arguments: [(1, 1), (1, 3), (1, 8), (2, 2), (4, 1), (8, 1)])
    func eightShardsAddUpAlikeOnAnyRanksAndThreads(ranks: Int, threads: Int) throws {
        let result = try Self.job(ranks, "shards", "\(threads)")
        #expect(result.status == 0, "\(result)")
    }

    @Test func shardsFitPowersOfTwoOnly() {
        for (shards, ranks) in [(1, 1), (8, 1), (8, 2), (8, 8), (4096, 64)] {
            #expect(ShardTeam.fits(shards: shards, ranks: ranks))
        }
        for (shards, ranks) in [(0, 1), (6, 2), (8, 3), (8, 16), (3, 1)] {
            #expect(!ShardTeam.fits(shards: shards, ranks: ranks))
        }
    }

    @Test(arguments: [1, 3])
    func tooLargeAGatherFailsOnAllRanksAlike(ranks: Int) throws {
        let result = try Self.job(ranks, "gatherTooMuch")
        #expect(result.status == 0, "\(result)")
    }

    @Test(arguments: rankCounts)
    func votesAddUpOnEveryRank(ranks: Int) throws {
        let result = try Self.job(ranks, "agreement")
        #expect(result.status == 0, "\(result)")
    }

    @Test(arguments: [2, 4])
    func ranksAtDifferentStepsAllNotice(ranks: Int) throws {
        let result = try Self.job(ranks, "stepsDiffer")
        #expect(result.status == 0, "\(result)")
        #expect(Self.lines(result, "noticed").count == ranks, "\(result)")
    }

    @Test(arguments: [1, 3])
    func oneRanksStopSignalStopsAllAtTheSameStep(ranks: Int) throws {
        let result = try Self.job(ranks, "stopSignal")
        #expect(result.status == 0, "\(result)")
    }

    @Test func aSignalToMpirunReachesTheRanks() throws {
        let job = try startUnderMPI(
            ranks: 3, executable: builtProgram("MPIProbe"), arguments: ["untilStopped"])
        let started = job.waitUntil(timeout: 30) {
            job.stdoutSoFar.split(separator: "\n").count == 3
        }
        job.signal(SIGUSR1)
        let result = job.wait(timeout: 30)
        #expect(started)
        #expect(result.status == 0, "\(result)")
        let stops = Self.lines(result, "stopped at")
        #expect(stops.count == 3 && Set(stops).count == 1, "\(result)")
    }
}
