// ShardTests.swift — with a fixed number of shards, ranks and threads leave no trace in the weights.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct ShardTests {
        /// Five samples a step on eight shards: some are always empty, and of step 20 all but one.
        private static let settings = [
            "data.global_batch=5", "train.epochs=8", "data.size=96", "train.shards=8", "optimizer.ema=0.9",
            "optimizer.clip_norm=1", "train.checkpoint_every_steps=4", "train.checkpoint_keep=20",
        ]

        /// On one rank and one thread, shared by the tests.
        private static let straight = Result { () throws -> TestRun in
            let run = try TestRun("\(SmallWorld.folder())/straight-shards", settings)
            try run.finish(["--steps", "20"])
            return run
        }

        @Test(arguments: [(1, 3), (2, 1), (2, 2), (4, 1)])
        func anyRanksAndThreadsGiveTheSameBits(ranks: Int, threads: Int) throws {
            try withTemporaryFolder { folder in
                let straight = try Self.straight.get()
                let run = try TestRun(folder, Self.settings + ["train.threads=\(threads)"])
                try run.finish(ranks: ranks, ["--steps", "20"])
                try expectSameBits(straight.latest, run.latest)
                // What is logged is the same, too, but for the clock.
                let losses = try run.metrics().map { $0["losses"] as? [String: Double] }
                #expect(try losses == straight.metrics().map { $0["losses"] as? [String: Double] })
            }
        }

        @Test(arguments: [1, 4])
        func aRunOfTwoRanksThatIsStoppedGoesOnOnOthersToTheSameBits(ranks: Int) throws {
            try withTemporaryFolder { folder in
                let straight = try Self.straight.get()
                let run = try TestRun(folder, Self.settings)
                let job = try run.start(ranks: 2, ["--steps", "20"])
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 6 })
                job.signal(SIGUSR1)
                job.wait(timeout: 60).expectFailure(75, "asked to stop by SIGUSR1")
                let stopped = run.lastLoggedStep
                try #require(stopped < 20)
                try run.finish(ranks: ranks, ["--steps", "20"])
                try expectSameBits(straight.latest, run.latest)
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        @Test func deterministicMeansEightShards() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder)
                try run.finish(["--steps", "1", "--deterministic"])
                let config = try String(contentsOfFile: "\(folder)/config.yaml", encoding: .utf8)
                #expect(config.contains("shards: 8"), "\(config)")
            }
        }

        @Test func ranksThatDoNotFitAreRefusedWithANumberThatDoes() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder, ["train.shards=4"])
                try run.train(ranks: 3).expectRefusal(64, "train.shards is 4, but there are 3 ranks", "start 2 ranks")
                try run.train(["--set", "train.shards=6"]).expectFailure(64, "train.shards", "a power of two")
            }
        }

        private func expectSameBits(_ a: String, _ b: String) throws {
            let comparison = try compare(a, b)
            #expect(comparison["identical"] as? Bool == true, "\(comparison)")
        }
    }
}

extension ProcessResult {
    /// As `expectFailure`, for jobs: mpirun has words of its own on standard output or error.
    func expectRefusal(_ status: Int32, _ parts: String...) {
        #expect(self.status == status, "\(self)")
        for part in parts { #expect(stderr.contains(part), "no '\(part)' in \(self)") }
    }
}
