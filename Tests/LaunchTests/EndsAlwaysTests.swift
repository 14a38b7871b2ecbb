// EndsAlwaysTests.swift — jobs that can't start their threads, whose terminal goes, or whose outputs can't be written:
// they end, with a sentence and what was done.

import Foundation
import TestSupport
import Testing

/// How root starts a program as a user of its own, who may run few processes and threads but read all files.
private enum FewThreads {
    static func arguments(_ limit: Int) -> [String] {
        [
            "--reuid=54321", "--regid=54321", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
            "prlimit", "--nproc=\(limit)",
        ]
    }
    static let canBeSet = getuid() == 0 && (try? run("setpriv", arguments(50) + ["true"]))?.status == 0
}

extension JobTests {
    @Suite struct EndsAlwaysTests {
        /// Commands without MPI, whose own threads and daemon would be the first to be refused, with its own words.
        @Test(.enabled(if: FewThreads.canBeSet, "needs root, setpriv and prlimit"), arguments: ["predict", "merge"])
        func aThreadThatCanNotBeStartedEndsTheProgramWithASentence(command: String) throws {
            try withTemporaryFolder { folder in
                let trained = try TestRun("\(folder)/trained")
                try trained.finish(["--steps", "1"])
                let data = try SmallWorld.file("test-seen")
                try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
                var refused = 0
                var status: Int32 = -1
                var limit = 1
                while status != 0, limit < 24 {
                    let arguments =
                        switch command {
                        case "predict": ["predict", "--checkpoint", trained.latest, data, "--threads", "3"]
                        default: ["merge", data, "--out", "\(folder)/m-\(limit).h5", "--threads", "3"]
                        }
                    // OpenBLAS starts threads before the program does, unless told, and has a sentence of its own.
                    let result = try TestSupport.run(
                        "setpriv", FewThreads.arguments(limit) + [builtProgram("blendway")] + arguments,
                        environment: ["OPENBLAS_NUM_THREADS": "1"], timeout: 60)
                    status = result.status
                    #expect(!result.timedOut, "\(command) with \(limit): \(result)")
                    if status != 0 {
                        #expect(status == 1 && result.stderr.contains("could not be started"), "\(command) with \(limit): \(result)")
                        #expect(result.stderr.contains("ulimit -u is \(limit)"), "\(result)")
                        refused += 1
                    }
                    limit += 1
                }
                #expect(status == 0 && refused >= 2, "\(command) ended well with \(limit - 1)")
            }
        }

        @Test(arguments: [SIGHUP, SIGTERM]) func aSignalSavesTheRun(number: Int32) throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", ["train.epochs=2000"])
                let job = try run.start(ranks: 0)
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 2 })
                job.signal(number)
                let result = job.wait(timeout: 60)
                #expect(result.status == 75 && FileManager.default.fileExists(atPath: run.latest), "\(result)")
            }
        }

        @Test func outputThatNobodyReadsAnyMoreSavesTheRun() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", ["train.epochs=2000"])
                let words = ([try builtProgram("blendway")] + run.arguments()).map { "'\($0)'" }.joined(separator: " ")
                let result = try TestSupport.run(
                    "bash", ["-c", "\(words) 2>&1 | head -n 2 >/dev/null; exit ${PIPESTATUS[0]}"], timeout: 90)
                #expect(result.status == 75 && FileManager.default.fileExists(atPath: run.latest), "\(result)")
                // A result that is cut short is no crash and no noise.
                let cut = try TestSupport.run(
                    "bash", ["-c", "'\(builtProgram("blendway"))' inspect '\(run.latest)' | true; exit ${PIPESTATUS[0]}"], timeout: 30)
                #expect([0, 1].contains(cut.status) && cut.stderr.isEmpty, "\(cut)")
            }
        }

        // MARK: Outputs

        @Test func outputsAreTriedBeforeTheWorkAndNumbersArePrintedInAnyCase() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run")
                try run.finish(["--steps", "1"])
                let data = try SmallWorld.file("test-seen")
                try "in the way".write(toFile: "\(folder)/file", atomically: true, encoding: .utf8)
                let eval = ["eval", "--checkpoint", run.latest, "--data", data]
                for report in ["\(folder)/file", "\(folder)/file/below"] {
                    let result = try blendway(eval + ["--report", report])
                    result.expectFailure(1, "file")
                    #expect(!result.stderr.contains("scoring"), "\(result)")
                }
                try blendway(eval + ["--features", "\(folder)/none/f.csv"]).expectFailure(1, "\(folder)/none does not exist")
                try blendway(eval + ["--saliency", "/proc/f.png"]).expectFailure(1, "/proc: nothing can be written")
                try blendway(["predict", "--checkpoint", run.latest, data, "--csv", "/proc/x.csv"]).expectFailure(1, "/proc")
                try blendway(["preview", data, "--out", folder]).expectFailure(1, "this is a folder")
                try blendway(["merge", data, "--out", "/proc/m.h5"]).expectFailure(1, "/proc: nothing can be written")

                // What fails at the end all the same: a folder where the report's table has to go.
                let report = "\(folder)/report"
                try FileManager.default.createDirectory(atPath: "\(report)/videos.csv", withIntermediateDirectories: true)
                let late = try blendway(eval + ["--report", report, "--json"])
                #expect(late.status == 1 && late.stderr.contains("videos.csv"), "\(late)")
                #expect(try late.json()["datasets"] != nil)

                // The run's own folder is nobody's wish: without it there are the numbers, and a word.
                try? FileManager.default.removeItem(atPath: "\(run.folder)/report")
                try "in the way".write(toFile: "\(run.folder)/report", atomically: true, encoding: .utf8)
                let quiet = try blendway(eval + ["--json"])
                #expect(quiet.status == 0 && quiet.stderr.contains("--report FOLDER"), "\(quiet)")
            }
        }

        // MARK: Inputs

        @Test func theSameFileTwiceIsRefused() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run")
                try run.finish(["--steps", "1"])
                let file = "\(folder)/t.h5"
                try FileManager.default.copyItem(atPath: SmallWorld.file("test-seen"), toPath: file)
                try FileManager.default.createSymbolicLink(atPath: "\(folder)/link.h5", withDestinationPath: file)
                try FileManager.default.linkItem(atPath: file, toPath: "\(folder)/hard.h5")
                for other in [file, "\(folder)/./t.h5", "\(folder)/link.h5", "\(folder)/hard.h5"] {
                    let part = other == file ? "given twice" : "one and the same"
                    for ranks in [0, 2] {
                        let eval = ["eval", "--checkpoint", run.latest, "--data", file, other, "--report", "\(folder)/r"]
                        let result = try ranks == 0
                            ? blendway(eval) : runUnderMPI(ranks: ranks, executable: builtProgram("blendway"), arguments: eval)
                        result.expectFailure(64, part)
                    }
                    try blendway(["merge", file, other, "--out", "\(folder)/m.h5"]).expectFailure(64, part)
                    #expect(try blendway(["split", "--check", file, other]).status == 65)
                    try blendway(["predict", "--checkpoint", run.latest, file, other]).expectFailure(64, part)
                }
                try blendway(["predict", "--checkpoint", run.latest, folder, file]).expectFailure(64, "lies in \(folder)")
            }
        }

        @Test func aWordForNothingThatIsNotYAMLsIsExplained() throws {
            try withTemporaryFolder { folder in
                for word in ["None", "none", "nil"] {
                    try TestRun("\(folder)/run", ["data.val=\(word)"]).train().expectFailure(64, "data.val is '\(word)'", "null")
                }
            }
        }
    }
}
