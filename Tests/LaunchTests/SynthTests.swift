// SynthTests.swift — `blendway synth` as a user types it.

import Foundation
import TestSupport
import Testing

private let small = ["--identities", "8", "--videos", "1", "--frames", "2", "--size", "64", "--seed", "7"]
private let files = ["test-seen.h5", "test-unseen.h5", "train.h5", "val.h5"]

@Suite struct SynthTests {
    @Test func oneCallMakesFourFilesAndASecondKeepsThem() throws {
        try withTemporaryFolder { folder in
            let first = try blendway(["synth", "--out", "\(folder)/new/demo", "--json"] + small)
            #expect(first.status == 0, "\(first)")
            #expect(try names(in: "\(folder)/new/demo") == files)
            let made = try first.json()
            let entries = try #require(made["files"] as? [[String: Any]])
            #expect(entries.count == 4)
            for entry in entries {
                #expect(entry["made"] as? Bool == true)
                #expect((entry["content_hash"] as? String)?.count == 64)
                // 2 people, 1 video, 2 frames: real and two methods, three in the unseen test.
                let kinds = (entry["file"] as? String)?.hasSuffix("test-unseen.h5") == true ? 4 : 3
                #expect(entry["frames"] as? Int == 4 * kinds && entry["videos"] as? Int == 2 * kinds)
                let methods = try #require(entry["methods"] as? [[String: Any]])
                #expect(methods.map { $0["frames"] as? Int } == Array(repeating: 4, count: kinds))
            }

            // A missing file is made again, the others are kept, whatever the threads.
            try FileManager.default.removeItem(atPath: "\(folder)/new/demo/val.h5")
            let second = try blendway(["synth", "--out", "\(folder)/new/demo/", "--json", "--threads", "1"] + small)
            #expect(second.status == 0, "\(second)")
            let again = try #require(try second.json()["files"] as? [[String: Any]])
            #expect(again.map { $0["made"] as? Bool } == [false, true, false, false])
            #expect(again.map { $0["content_hash"] as? String } == entries.map { $0["content_hash"] as? String })

            let third = try blendway(["synth", "--out", "\(folder)/new/demo"] + small)
            #expect(third.status == 0 && third.stderr.contains("already there"), "\(third)")
        }
    }

    @Test func otherOptionsAreRefusedByNameAndForceReplaces() throws {
        try withTemporaryFolder { folder in
            #expect(try blendway(["synth", "--out", folder] + small).status == 0)
            let before = try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(folder)/train.h5"))
            let other = small.dropLast() + ["8"]
            let refused = try blendway(["synth", "--out", folder] + other)
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.stderr.hasPrefix("blendway synth: \(folder)/train.h5"), "\(refused)")
            #expect(refused.stderr.contains("--seed 7 (now 8)") && !refused.stderr.contains("--size 64 (now"))
            #expect(try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(folder)/train.h5")) == before)

            let forced = try blendway(["synth", "--out", folder, "--force"] + other)
            #expect(forced.status == 0, "\(forced)")
            #expect(try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(folder)/train.h5")) != before)
            #expect(try names(in: folder) == files)
        }
    }

    @Test func aForeignFileInTheWayIsNotTouched() throws {
        try withTemporaryFolder { folder in
            try "mine".write(toFile: "\(folder)/val.h5", atomically: true, encoding: .utf8)
            let result = try blendway(["synth", "--out", folder] + small)
            #expect(result.status == 1 && result.stderr.contains("val.h5"), "\(result)")
            #expect(try names(in: folder) == ["val.h5"])
            #expect(try String(contentsOfFile: "\(folder)/val.h5", encoding: .utf8) == "mine")
        }
    }

    @Test(arguments: [
        ["--identities", "7"], ["--size", "63"], ["--size", "257"], ["--videos", "0"], ["--frames", "-1"],
        ["--threads", "-2"], ["--seed", "x"], ["--identities", "3000001"], ["--frames", "9000000000000000000"],
        ["--sise", "64"],
    ])
    func badValuesAreUsageErrorsAndMakeNothing(option: [String]) throws {
        try withTemporaryFolder { folder in
            let result = try blendway(["synth", "--out", "\(folder)/new", "\(option[0])=\(option[1])"])
            #expect(result.status == 64, "\(result)")
            #expect(result.stdout.isEmpty && !result.stderr.isEmpty, "\(result)")
            #expect(try names(in: folder).isEmpty)
        }
    }

    @Test func aFolderThatCannotBeMadeIsAFailureWithASentence() throws {
        try withTemporaryFolder { folder in
            try "file".write(toFile: "\(folder)/file", atomically: true, encoding: .utf8)
            let result = try blendway(["synth", "--out", "\(folder)/file/demo"] + small)
            #expect(result.status == 1, "\(result)")
            #expect(result.stderr.hasPrefix("blendway synth: ") && result.stderr.contains("not a folder"), "\(result)")
        }
    }

    @Test func aFullDiskIsAFailureAndLeavesNothingHalfWritten() throws {
        try withTemporaryFolder { folder in
            // A limit on the size of files stands in for the disk: 64 KB, in blocks of 1 KB.
            let command = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""
            let result = try run(
                "bash", ["-c", command, builtProgram("blendway"), "synth", "--out", folder] + small, timeout: 120)
            #expect(result.status == 1, "\(result)")
            #expect(result.stderr.contains("blendway synth: \(folder)/train.h5"), "\(result)")
            #expect(try names(in: folder).isEmpty)
        }
    }

    @Test func aSignalStopsItAndLeavesNothingHalfWritten() throws {
        try withTemporaryFolder { folder in
            let process = try RunningProcess(
                builtProgram("blendway"),
                ["synth", "--out", folder, "--identities", "8", "--videos", "20", "--frames", "50", "--size", "64"])
            #expect(process.waitUntil(timeout: 60) { (try? names(in: folder).isEmpty) == false })
            process.signal(SIGTERM)
            let result = process.wait(timeout: 60)
            #expect(result.status == 1 && !result.timedOut, "\(result)")
            #expect(result.stderr.contains("stopped on request"), "\(result)")
            #expect(try names(in: folder).isEmpty)
        }
    }

    @Test func underALauncherItRefuses() throws {
        try withTemporaryFolder { folder in
            let result = try blendway(["synth", "--out", folder] + small, environment: ["OMPI_COMM_WORLD_SIZE": "2"])
            #expect(result.status == 64 && result.stderr.contains("without a launcher"), "\(result)")
            #expect(try names(in: folder).isEmpty)
        }
    }
}
