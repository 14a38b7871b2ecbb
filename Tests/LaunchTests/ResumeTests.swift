// ResumeTests.swift — a run that was killed or stopped and started again ends as one that was not.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct ResumeTests {
        private static let settings = ["train.checkpoint_every_steps=5", "data.size=96"]

        /// Runs of 20 steps that nothing disturbs, on one and on two ranks, shared by the tests.
        private static let straight = [
            1: Result { try straightRun(ranks: 1) }, 2: Result { try straightRun(ranks: 2) },
        ]

        private static func straightRun(ranks: Int) throws -> TestRun {
            let run = try TestRun("\(SmallWorld.folder())/straight-\(ranks)", settings)
            try run.finish(ranks: ranks, ["--steps", "20"])
            return run
        }

        /// Starts a run and kills the whole job once `isTime`.
        private func killMidway(_ run: TestRun, ranks: Int, when isTime: () -> Bool) throws {
            let job = try run.start(ranks: ranks, ["--steps", "20"])
            let came = job.waitUntil(timeout: 60, isTime)
            #expect(came, "\(job.stderrSoFar)")
            let result = job.killAll()
            try #require(result.status == 128 + SIGKILL, "it ended before it was killed: \(result)")
            try #require(run.lastLoggedStep < 20)
        }

        @Test(arguments: [1, 2])
        func twentyStepsEqualTenThenKillAndResumeThenTen(ranks: Int) throws {
            try withTemporaryFolder { folder in
                let straight = try #require(Self.straight[ranks]).get()

                // As the checkpoint of step 10 appears, perhaps before the link to it has moved.
                let killed = try TestRun("\(folder)/killed", Self.settings)
                let tenth = killed.checkpoint(10)
                try killMidway(killed, ranks: ranks) { FileManager.default.fileExists(atPath: tenth) }
                let resumed = try killed.finish(ranks: ranks, ["--steps", "20", "--resume", "auto"])
                #expect(resumed.stderr.contains("resumed from"), "\(resumed)")
                try expectSameEnd(straight, killed)
                #expect(try killed.loggedSteps() == Array(1...20))
            }
        }

        @Test func aKillBetweenTwoCheckpointsLosesOnlyTheStepsSince() throws {
            try withTemporaryFolder { folder in
                let straight = try #require(Self.straight[2]).get()
                let killed = try TestRun("\(folder)/killed", Self.settings)
                try killMidway(killed, ranks: 2) { killed.lastLoggedStep >= 8 }
                // And once more, before the first of the new steps is done or after some.
                try killMidway(killed, ranks: 2) { (try? killed.loggedSteps().count) ?? 0 > 0 }
                try killed.finish(ranks: 2, ["--steps", "20"])
                try expectSameEnd(straight, killed)
                #expect(try killed.loggedSteps() == Array(1...20))
            }
        }

        @Test(arguments: [Damage.flippedBytes, .cutShort])
        func aCorruptedNewestCheckpointIsSetAsideAndTheOneBeforeIsTaken(damage: Damage) throws {
            try withTemporaryFolder { folder in
                let straight = try #require(Self.straight[1]).get()
                let run = try TestRun("\(folder)/damaged", Self.settings)
                try run.finish(ranks: 1, ["--steps", "15"])
                try damage.apply(to: run.checkpoint(15))

                let resumed = try run.finish(ranks: 1, ["--steps", "20"])
                #expect(resumed.stderr.contains("step-00000015.h5: "), "\(resumed)")
                #expect(resumed.stderr.contains("It was set aside as \(run.checkpoint(15)).broken"), "\(resumed)")
                #expect(resumed.stderr.contains("resumed from \(run.checkpoint(10)), step 10"), "\(resumed)")
                try expectSameEnd(straight, run)
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        enum Damage {
            case flippedBytes, cutShort

            func apply(to path: String) throws {
                var bytes = try Foundation.Data(contentsOf: URL(filePath: path))
                switch self {
                case .flippedBytes: for place in 0..<64 { bytes[bytes.count / 2 + place] ^= 0xFF }
                case .cutShort: bytes = bytes.prefix(bytes.count * 2 / 3)
                }
                try bytes.write(to: URL(filePath: path))
            }
        }

        @Test func resumeNoneInAFolderWithCheckpointsIsRefused() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder)
                try run.finish(["--steps", "2"])
                let before = try Foundation.Data(contentsOf: URL(filePath: run.latest))
                try run.train(["--resume", "none"]).expectFailure(64, folder, "up to step 2", "--resume auto", "--run-dir")
                #expect(try Foundation.Data(contentsOf: URL(filePath: run.latest)) == before)
                #expect(try run.loggedSteps() == [1, 2])
            }
        }

        @Test func aRunGoesOnFromACheckpointGivenByItsPath() throws {
            try withTemporaryFolder { folder in
                let first = try TestRun("\(folder)/first", ["train.checkpoint_every_steps=2"])
                try first.finish(["--steps", "4"])
                let second = try TestRun("\(folder)/second", ["train.checkpoint_every_steps=2"])
                try second.finish(["--steps", "4", "--resume", first.checkpoint(2)])
                try expectSameEnd(first, second)
            }
        }

        @Test func otherSettingsOfTheSamplesAreRefusedOnResume() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder)
                try run.finish(["--steps", "1"])
                try run.train(["--set", "data.global_batch=4"]).expectFailure(64, "data.global_batch=6", "now it is 4")
                try run.train(["--set", "train.seed=2"]).expectFailure(64, "train.seed=1", "now it is 2")
            }
        }

        @Test func otherDataIsRefusedOnResumeAlsoUnderTheSameName() throws {
            try withTemporaryFolder { folder in
                let data = "\(folder)/data.h5"
                try FileManager.default.copyItem(atPath: SmallWorld.file("train"), toPath: data)
                let run = try TestRun("\(folder)/run", ["data.train=\(data)"])
                try run.finish(["--steps", "2"])
                let before = try Foundation.Data(contentsOf: URL(filePath: run.latest))
                try FileManager.default.removeItem(atPath: data)
                try FileManager.default.copyItem(atPath: SmallWorld.file("val"), toPath: data)
                for ranks in [0, 2] {
                    try run.train(ranks: ranks, ["--steps", "4"]).expectRefusal(64, "data.train=content", "start anew")
                }
                #expect(try Foundation.Data(contentsOf: URL(filePath: run.latest)) == before)

                // The same content under another name is the same data.
                try FileManager.default.removeItem(atPath: data)
                try run.finish(["--steps", "4", "--set", "data.train=\(SmallWorld.file("train"))"])
                #expect(try run.loggedSteps() == [1, 2, 3, 4])
            }
        }

        /// Half the bytes on the wire leave something behind at most steps; a run stops where they do not.
        @Test func withBf16OnTheWireAStoppedRunEndsAsOneThatIsNot() throws {
            try withTemporaryFolder { folder in
                let settings = [
                    "train.wire=bf16", "train.wire_exact_every=4", "train.checkpoint_every_steps=7", "data.size=96",
                    "data.global_batch=5",
                ]
                let straight = try TestRun("\(folder)/straight", settings)
                try straight.finish(ranks: 2, ["--steps", "20"])
                let run = try TestRun("\(folder)/stopped", settings)
                let job = try run.start(ranks: 2, ["--steps", "20"])
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 5 })
                job.signal(SIGUSR1)
                job.wait(timeout: 60).expectFailure(75, "asked to stop by SIGUSR1")
                // An epoch of twelve samples ends exactly as well.
                let last = run.lastLoggedStep
                #expect(last % 4 == 0 || last % 7 == 0 || last * 5 / 12 != (last - 1) * 5 / 12, "\(last)")
                try run.finish(ranks: 2, ["--steps", "20"])
                try expectSameEnd(straight, run)

                // It computes the same but for rounding.
                let exact = try TestRun("\(folder)/exact", settings + ["train.wire=float32"])
                try exact.finish(ranks: 2, ["--steps", "20"])
                for (a, b) in zip(try straight.metrics(), try exact.metrics()) {
                    let (a, b) = (try #require(a["loss"] as? Double), try #require(b["loss"] as? Double))
                    #expect(abs(a - b) < 0.05 * b, "\(a) \(b)")
                }
                #expect(try compare(straight.latest, exact.latest)["identical"] as? Bool == false)
            }
        }

        // MARK: Stopping on request

        @Test func usr1SavesACheckpointAndEndsWith75() throws {
            try withTemporaryFolder { folder in
                let straight = try #require(Self.straight[2]).get()
                let run = try TestRun("\(folder)/stopped", Self.settings)
                let job = try run.start(ranks: 2, ["--steps", "20"])
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 3 })
                job.signal(SIGUSR1)
                let stopped = job.wait(timeout: 60)
                stopped.expectFailure(75, "asked to stop by SIGUSR1", "Start the same command again")
                let steps = try run.loggedSteps()
                #expect(steps.last! < 20 && steps == Array(1...steps.last!))

                try run.finish(ranks: 2, ["--steps", "20"])
                try expectSameEnd(straight, run)
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        /// As SLURM sends it to every rank of a job that it preempts.
        @Test(arguments: [0, 2])
        func termToARankStopsAllRanksAtACheckpoint(ranks: Int) throws {
            try withTemporaryFolder { folder in
                let straight = try #require(Self.straight[max(1, ranks)]).get()
                let run = try TestRun("\(folder)/stopped", Self.settings)
                let job = try run.start(ranks: ranks, ["--steps", "20"])
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 3 })
                // One rank is enough: they agree.
                if ranks == 0 { job.signal(SIGTERM) } else { kill(try #require(job.children.last), SIGTERM) }
                job.wait(timeout: 60).expectFailure(75, "asked to stop", "Start the same command again")
                try run.finish(ranks: ranks, ["--steps", "20"])
                try expectSameEnd(straight, run)
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        @Test func theTimeLimitStopsEveryStartAndTheRunStillGetsOn() throws {
            try withTemporaryFolder { folder in
                let straight = try TestRun("\(folder)/straight")
                try straight.finish(ranks: 2, ["--steps", "3"])
                // A limit that is always over: each start does one step.
                let run = try TestRun("\(folder)/limited")
                let limited = ["--steps", "3", "--set", "train.max_hours=1e-9"]
                try run.train(ranks: 2, limited).expectFailure(75, "train.max_hours is over; saving step 1")
                try run.train(ranks: 2, ["--steps", "3", "--max-hours", "1e-9"]).expectFailure(75, "saving step 2")
                try run.finish(ranks: 2, limited)
                #expect(try run.loggedSteps() == [1, 2, 3])
                #expect(try compare(straight.latest, run.latest)["identical"] as? Bool == true)
            }
        }
    }
}
