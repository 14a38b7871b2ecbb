// WrongJobTests.swift — jobs that are set up wrongly say so and end; faults that a run has to survive.

import Foundation
import TestSupport
import Testing

/// Tests that need mounts of their own, as root.
private let mayMount: Bool = (try? run("unshare", ["-m", "true"], timeout: 10))?.status == 0

extension JobTests {
    @Suite struct WrongJobTests {
        // MARK: Two jobs in one folder

        @Test(arguments: [0, 2])
        func aSecondJobInARunFolderIsRefused(ranks: Int) throws {
            try withTemporaryFolder { folder in
                let first = try TestRun("\(folder)/run", ["train.epochs=100000"])
                let job = try first.start(ranks: 2)
                #expect(job.waitUntil(timeout: 60) { first.lastLoggedStep >= 2 })
                let before = first.lastLoggedStep
                try first.train(ranks: ranks).expectRefusal(1, "another job is training in \(folder)/run (process ", "--run-dir")
                // The first one has not noticed.
                #expect(job.waitUntil(timeout: 60) { first.lastLoggedStep > before + 2 })
                job.signal(SIGUSR1)
                #expect(job.wait(timeout: 60).status == 75)
            }
        }

        @Test func theLockOfAJobThatDiedDoesNotBlock() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder, ["train.epochs=100000", "train.checkpoint_every_steps=2"])
                let job = try run.start(ranks: 2)
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 3 })
                _ = job.killAll()
                let text = try String(contentsOfFile: "\(folder)/lock", encoding: .utf8)
                #expect(text.split(separator: " ").count == 3, "\(text)")
                try run.finish(ranks: 2, ["--steps", "\(run.lastLoggedStep + 3)"])
            }
        }

        // MARK: Hosts that differ

        @Test func ranksOfDifferentBuildsAreRefused() throws {
            try withTemporaryFolder { folder in
                let program = try builtProgram("blendway")
                let other = "\(folder)/blendway"
                try FileManager.default.copyItem(atPath: program, toPath: other)
                let handle = try #require(FileHandle(forWritingAtPath: other))
                try handle.seekToEnd()
                try handle.write(contentsOf: Data([0]))
                try handle.close()
                let run = try TestRun("\(folder)/run")
                let result = try runUnderMPI(
                    ranks: 1, executable: program,
                    arguments: run.arguments() + [":", "-n", "1", other] + run.arguments())
                result.expectRefusal(1, "the program is not the same on all ranks", "the same build of blendway")
            }
        }

        @Test func ranksOfDifferentConfigurationsAreRefused() throws {
            try withTemporaryFolder { folder in
                let program = try builtProgram("blendway")
                let run = try TestRun("\(folder)/run")
                let result = try runUnderMPI(
                    ranks: 1, executable: program,
                    arguments: run.arguments() + [":", "-n", "1", program] + run.arguments(["--set", "train.seed=7"]))
                result.expectRefusal(1, "the configuration is not the same on all ranks", "--set options")
            }
        }

        /// The same names, relative to where each rank was started.
        private func onTwoHosts(_ folder: String, _ arguments: [String]) throws -> ProcessResult {
            let program = try builtProgram("blendway")
            let own = ["env", "-C", "\(folder)/a", program] + arguments
            return try runUnderMPI(
                ranks: 1, executable: own[0],
                arguments: Array(own.dropFirst()) + [":", "-n", "1", "env", "-C", "\(folder)/b", program] + arguments)
        }

        /// Folders a and b, with files of the same names and other contents.
        private func withTwoHosts(_ body: (String) throws -> Void) throws {
            try withTemporaryFolder { folder in
                for (host, splits) in [("a", ["train", "val"]), ("b", ["val", "train"])] {
                    try FileManager.default.createDirectory(atPath: "\(folder)/\(host)", withIntermediateDirectories: true)
                    for (name, split) in zip(["one", "two"], splits) {
                        try FileManager.default.copyItem(atPath: SmallWorld.file(split), toPath: "\(folder)/\(host)/\(name).h5")
                    }
                    try FileManager.default.copyItem(atPath: SmallWorld.file("train"), toPath: "\(folder)/\(host)/same.h5")
                }
                try body(folder)
            }
        }

        @Test func ranksWithDifferentTrainingDataAreRefused() throws {
            try withTwoHosts { folder in
                let run = try TestRun("\(folder)/run", ["data.train=one.h5"])
                try onTwoHosts(folder, run.arguments())
                    .expectRefusal(1, "the training data is not the same on all ranks", "same file")
            }
        }

        /// One of them may not even have the file that `auto` finds: it must not wait for the other for ever.
        @Test(arguments: ["data.val=two.h5", "data.val=auto"]) func ranksWithDifferentValidationDataAreRefused(val: String) throws {
            try withTwoHosts { folder in
                if val == "data.val=auto" {
                    try FileManager.default.moveItem(atPath: "\(folder)/b/two.h5", toPath: "\(folder)/b/val.h5")
                }
                let run = try TestRun("\(folder)/run", ["data.train=same.h5", val, "data.allow_overlap=true"])
                try onTwoHosts(folder, run.arguments(["--steps", "2"]))
                    .expectRefusal(1, "the validation data is not the same on all ranks", "same file")
            }
        }

        @Test func ranksWithDifferentFirstWeightsAreRefused() throws {
            try withTwoHosts { folder in
                for (host, rate) in [("a", 1e-3), ("b", 2e-3)] {
                    let run = try TestRun("\(folder)/\(host)/run", ["optimizer.lr=\(rate)"])
                    try run.finish(["--steps", "1"])
                    try FileManager.default.copyItem(atPath: run.checkpoint(1), toPath: "\(folder)/\(host)/weights.h5")
                }
                let run = try TestRun("\(folder)/run")
                for option in ["--init", "--resume"] {
                    try onTwoHosts(folder, run.arguments(["--steps", "2", option, "weights.h5"]))
                        .expectRefusal(1, "the set of first weights is not the same on all ranks", "same file")
                }
            }
        }

        @Test func ranksThatJudgeDifferentFilesAreRefused() throws {
            try withTwoHosts { folder in
                for (host, rate) in [("a", 1e-3), ("b", 2e-3)] {
                    let run = try TestRun("\(folder)/\(host)/run", ["optimizer.lr=\(rate)"])
                    try run.finish(["--steps", "1"])
                }
                let run = try TestRun("\(folder)/run")
                try run.finish(["--steps", "1"])
                try onTwoHosts(folder, ["eval", "--checkpoint", run.latest, "--data", "one.h5", "--report", "\(folder)/report", "--json"])
                    .expectRefusal(1, "one.h5 is not the same on all ranks", "same file")
                try onTwoHosts(
                    folder,
                    ["eval", "--checkpoint", "run/checkpoints/latest.h5", "--data", "same.h5", "--report", "\(folder)/report", "--json"])
                    .expectRefusal(1, "the checkpoint is not the same on all ranks", "same file")
            }
        }

        /// Rank 1 has another disk mounted there; an old run's files lie on it.
        @Test(.enabled(if: mayMount, "needs root, for a mount of its own"))
        func aRunFolderThatOneHostDoesNotShareIsNamed() throws {
            try withTemporaryFolder { folder in
                let program = try builtProgram("blendway")
                let run = try TestRun("\(folder)/run")
                try FileManager.default.createDirectory(atPath: "\(folder)/run", withIntermediateDirectories: true)
                let alone = "mount -t tmpfs none '\(folder)/run' && mkdir '\(folder)/run/errors' && exec \"$@\""
                let result = try runUnderMPI(
                    ranks: 1, executable: program,
                    arguments: run.arguments() + [":", "-n", "1", "unshare", "-m", "sh", "-c", alone, "sh", program]
                        + run.arguments())
                result.expectRefusal(1, "does not see the run folder \(folder)/run that rank 0 made", "that all hosts share")
            }
        }

        // MARK: Faults

        @Test(.enabled(if: mayMount, "needs root, for a small file system"))
        func aDiskThatIsFullForAWhileDoesNotEndTheRunButALostEndDoes() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", ["train.checkpoint_every_steps=3"])
                let straight = try TestRun("\(folder)/straight", ["train.checkpoint_every_steps=3"])
                try straight.finish(["--steps", "12"])
                // Room for two checkpoints and a half: those of steps 9 and 12 do not fit.
                let size = try FileManager.default.attributesOfItem(atPath: straight.checkpoint(12))[.size] as! Int
                let script = """
                    mkdir -p '\(run.folder)' && mount -t tmpfs -o size=\(size * 5 / 2) none '\(run.folder)' || exit 99
                    "$@"; echo "first $?"
                    ls '\(run.folder)/checkpoints'
                    mount -o remount,size=\(size * 9) '\(run.folder)'
                    "$@"; echo "second $?"
                    cp '\(run.folder)/checkpoints/step-00000012.h5' '\(folder)/end.h5'
                    """
                let result = try TestSupport.run(
                    "unshare", ["-m", "sh", "-c", script, "sh", try builtProgram("blendway")] + run.arguments(["--steps", "12"]),
                    timeout: 120)
                #expect(result.stdout.contains("first 1\n") && result.stdout.contains("second 0\n"), "\(result)")
                #expect(result.stdout.contains("step-00000003.h5\nstep-00000006.h5\n"), "\(result)")
                #expect(result.stderr.contains("the checkpoint of step 9 is not written: "), "\(result)")
                #expect(result.stderr.contains("resumed from \(run.folder)/checkpoints/step-00000006.h5"), "\(result)")
                #expect(try compare(straight.latest, "\(folder)/end.h5")["identical"] as? Bool == true)
            }
        }

        /// Three faults of fifty; see benchmarks/faults.sh.
        @Test func aRunThatIsDisturbedEndsAsOneThatIsNot() throws {
            let script = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../benchmarks/faults.sh").standardizedFileURL.path
            let result = try TestSupport.run(
                "bash", [script, "3", "7", "2"],
                environment: ["BLENDWAY": try builtProgram("blendway")], timeout: 300)
            #expect(result.status == 0, "\(result)")
            #expect(result.stdout.contains("after 3 faults 0 bits differ"), "\(result)")
        }
    }
}
