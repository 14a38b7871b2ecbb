// BadFrameTests.swift — one frame that cannot be read, in each command that reads frames: it is left out and named,
// alike on any number of ranks, and too many of them are refused.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct BadFrameTests {
        /// A copy of a split of 18 frames, with frames that cannot be read.
        private func damaged(_ split: String, _ frames: [Int], _ folder: String) throws -> String {
            let path = "\(folder)/\(split)-damaged.h5"
            try FileManager.default.copyItem(atPath: SmallWorld.file(split), toPath: path)
            try DatasetTampering.damage(frames, of: path)
            return path
        }

        private func name(_ frame: Int, of path: String) throws -> String {
            let file = try DatasetFile(path)
            let video = file.video(of: frame)
            return "\(path): frame \(file.frameIndices[frame]) of \(video.method)/\(video.name)"
        }

        private func trained(_ folder: String) throws -> TestRun {
            let run = try TestRun("\(folder)/run")
            try run.finish(["--steps", "1"])
            return run
        }

        private func eval(_ run: TestRun, _ data: String, ranks: Int, _ more: [String] = []) throws -> ProcessResult {
            try runUnderMPI(
                ranks: ranks, executable: builtProgram("blendway"),
                arguments: ["eval", "--checkpoint", run.latest, "--data", data] + more)
        }

        // MARK: Validation

        @Test func aBadValidationFrameIsLeftOutAndTheRunGoesOnAlikeOnOneToThreeRanks() throws {
            try withTemporaryFolder { folder in
                let data = try damaged("val", [7], folder)
                let name = try name(7, of: data)
                var ends: [String] = []
                for ranks in 1...3 {
                    let run = try TestRun("\(folder)/\(ranks)", ["data.val=\(data)", "train.epochs=2", "optimizer.lr=1e-9"])
                    let result = try run.finish(ranks: ranks)
                    #expect(result.stderr.contains("left out of the validation: \(name)"), "\(result)")
                    ends += result.stderr.split(separator: "\n").filter { $0.contains("without 1 frame that") }.map(String.init)
                    let lines = try lines(of: "\(run.folder)/errors/quarantine.jsonl")
                    #expect(lines.count == 2, "once an epoch: \(lines)")
                    for line in lines {
                        let entry = try #require(
                            JSONSerialization.jsonObject(with: Foundation.Data(line.utf8)) as? [String: Any])
                        #expect(entry["data"] as? String == data && (entry["reason"] as? String)?.contains(name) == true)
                    }
                    let page = try String(contentsOfFile: "\(run.folder)/report/index.html", encoding: .utf8)
                    #expect(page.contains("its checksum does not match"))
                }
                #expect(ends.count == 6 && Set(ends).count == 2, "two validations, equal on all ranks: \(ends)")
            }
        }

        @Test func tooManyBadValidationFramesEndTheRunWithItsStepsSaved() throws {
            try withTemporaryFolder { folder in
                let data = try damaged("val", [3, 7], folder)
                let run = try TestRun("\(folder)/run", ["data.val=\(data)"])
                try run.train(ranks: 2).expectFailure(
                    65, "2 of 18 frames cannot be read", "the quarantine limit 0.01", try name(3, of: data),
                    "data.quarantine_limit")
                #expect(try Checkpoint.read(run.latest).integers["step"] == 2)
                try run.finish(["--steps", "4", "--set", "data.quarantine_limit=0.2"])
            }
        }

        // MARK: Evaluation

        @Test func aBadTestFrameIsLeftOutAndTheOthersScoreAsBefore() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                // Frame 40 is in the second batch: with two ranks only rank 1 reads it.
                let (sound, data) = ("\(folder)/sound.h5", "\(folder)/data.h5")
                try DatasetCopy(copies: 3).write(SmallWorld.file("test-seen"), to: sound)
                try FileManager.default.copyItem(atPath: sound, toPath: data)
                try DatasetTampering.damage([40], of: data)
                let alone = try eval(run, data, ranks: 1, ["--json", "--report", "\(folder)/report"])
                #expect(alone.status == 0, "\(alone)")
                for ranks in 2...3 {
                    #expect(try eval(run, data, ranks: ranks, ["--json"]).stdout == alone.stdout, "\(ranks) ranks")
                }
                let dataset = try #require((alone.json()["datasets"] as? [[String: Any]])?.first)
                let left = try #require(dataset["left_out"] as? [[String: Any]])
                #expect(left.count == 1 && dataset["frames"] as? Int == 53)
                let (file, reason) = (try DatasetFile(sound), try #require(left.first?["reason"] as? String))
                #expect(left.first?["video"] as? String == file.video(of: 40).name)
                #expect(left.first?["frame"] as? Int == Int(file.frameIndices[40]))
                #expect(reason.contains(try name(40, of: data)))

                // Every other frame has the score that it has without the damage.
                func scores(_ data: String) throws -> [[Substring]] {
                    let csv = "\(folder)/features.csv"
                    #expect(try eval(run, data, ranks: 2, ["--json", "--features", csv, "--latent"]).status == 0)
                    defer { try? FileManager.default.removeItem(atPath: csv) }
                    return try lines(of: csv).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
                        .filter { $0[5] == "0" }.map { Array($0[1..<7]) }
                }
                let (before, after) = (try scores(sound), try scores(data))
                #expect(before.count == 54 && after.count == 53)
                #expect(Set(after).isSubset(of: Set(before)))

                let table = try eval(run, data, ranks: 1, ["--perturb", "--perturb-frames", "2"])
                #expect(table.status == 0 && table.stdout.contains("1 frame could not be read and is left out"), "\(table)")
                #expect(table.stdout.contains("left out: \(try name(40, of: data))"), "\(table)")
                let page = try String(contentsOfFile: "\(folder)/report/index.html", encoding: .utf8)
                #expect(page.contains("could not be read"))
            }
        }

        @Test func tooManyBadTestFramesAreRefusedOnAllRanks() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                let data = try damaged("test-seen", [0, 1, 2, 17], folder)
                for ranks in [1, 2] {
                    try eval(run, data, ranks: ranks, ["--json"]).expectFailure(
                        65, "4 of 18 frames cannot be read", try name(0, of: data), "--quarantine-limit")
                }
                let allowed = try eval(run, data, ranks: 2, ["--json", "--quarantine-limit", "0.5"])
                #expect(allowed.status == 0, "\(allowed)")
                let one = try damaged("val", [5], folder)
                try eval(run, one, ranks: 1, ["--json", "--quarantine-limit", "0"]).expectFailure(65, "1 of 18 frames")
                #expect(try eval(run, one, ranks: 1, ["--quarantine-limit", "2"]).status == 64)
            }
        }

        @Test func changedPixelsAreFoundAndAFileWithoutHashesIsCalledUnverified() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                let data = "\(folder)/changed.h5"
                try FileManager.default.copyItem(atPath: SmallWorld.file("val"), toPath: data)
                let sound = try eval(run, data, ranks: 1)
                #expect(sound.status == 0 && sound.stdout.contains("every frame as it was packed"), "\(sound)")
                try DatasetTampering.repaint([4], of: data)
                let changed = try eval(run, data, ranks: 1)
                #expect(changed.stdout.contains("its pixels are not those that it was packed with"), "\(changed)")
                try DatasetTampering.removeHashes(from: data)
                let old = try eval(run, data, ranks: 1)
                #expect(old.status == 0 && old.stdout.contains("not verified: the file has no frame hashes"), "\(old)")
                #expect(!old.stdout.contains("left out"), "\(old)")
            }
        }

        // MARK: Prediction

        @Test func predictionGoesOnBehindABadFrame() throws {
            try withTemporaryFolder { folder in
                let run = try trained(folder)
                let data = try damaged("val", [4], folder)
                let result = try blendway(["predict", "--checkpoint", run.latest, data, "--json"])
                #expect(result.status == 0, "\(result)")
                let json = try result.json()
                #expect((json["faces"] as? [Any])?.count == 17)
                #expect((json["videos"] as? [[String: Any]])?.compactMap { $0["faces"] as? Int } == [3, 2, 3, 3, 3, 3])
                let skipped = try #require(json["skipped"] as? [[String: Any]])
                #expect(skipped.count == 1)
                #expect((skipped.first?["reason"] as? String)?.hasPrefix(try name(4, of: data)) == true, "\(skipped)")
                #expect(result.stderr.contains("left out: \(try name(4, of: data))"), "\(result)")
            }
        }

        // MARK: Training

        @Test func changedTrainingPixelsAreQuarantinedByName() throws {
            try withTemporaryFolder { folder in
                let data = "\(folder)/train.h5"
                try FileManager.default.copyItem(atPath: SmallWorld.file("train"), toPath: data)
                let file = try DatasetFile(SmallWorld.file("train"))
                let fake = try #require((0..<file.frameCount).first { file.video(of: $0).isFake })
                try DatasetTampering.repaint([fake], of: data)
                let run = try TestRun("\(folder)/run", ["data.train=\(data)", "train.epochs=1"])
                let result = try run.finish(ranks: 2, ["--json"])
                #expect(try result.json()["quarantined"] as? Int == 1)
                let line = try #require(lines(of: "\(run.folder)/errors/quarantine.jsonl").first)
                #expect(line.contains("its pixels are not those that it was packed with"), "\(line)")
            }
        }

        @Test func theShareOfBadSamplesIsCountedOnAfterAResume() throws {
            try withTemporaryFolder { folder in
                let data = "\(folder)/train.h5"
                try FileManager.default.copyItem(atPath: SmallWorld.file("train"), toPath: data)
                let file = try DatasetFile(SmallWorld.file("train"))
                let fake = try #require((0..<file.frameCount).first { file.video(of: $0).isFake })
                try DatasetTampering.damage([fake], of: data)
                // One of twelve samples: too many, but judged from a hundred on. Each start sees 60.
                let run = try TestRun("\(folder)/run", ["data.train=\(data)"])
                try run.finish(ranks: 2, ["--steps", "10"])
                let state = try Checkpoint.read(run.latest).integers
                #expect(state["quarantine_seen"] == 60 && state["quarantine_bad"] == 5)
                try run.train(ranks: 3).expectFailure(65, "of 102 samples could not be used", "quarantine_limit 0.01")
                #expect(try Checkpoint.read(run.latest).integers["step"] == 16)
            }
        }

        /// Rank 0 cannot write the list: no rank ends for it before all do.
        @Test func aQuarantineThatCannotBeWrittenEndsAllRanksTogetherAfterTheLastStep() throws {
            try withTemporaryFolder { folder in
                let data = "\(folder)/train.h5"
                try FileManager.default.copyItem(atPath: SmallWorld.file("train"), toPath: data)
                try DatasetTampering.damage([17], of: data)
                let run = try TestRun("\(folder)/run", ["data.train=\(data)", "train.epochs=1"])
                let list = "\(run.folder)/errors/quarantine.jsonl"
                try FileManager.default.createDirectory(atPath: list, withIntermediateDirectories: true)
                try run.train(ranks: 3).expectFailure(
                    1, "the run goes on, and lists what it leaves out when it can", "quarantine.jsonl cannot be used")
                #expect(try Checkpoint.read(run.latest).integers["step"] == 2, "no step is lost")
                // With room again nothing is missing from then on.
                try FileManager.default.removeItem(atPath: list)
                try run.finish(ranks: 2, ["--set", "train.epochs=2"])
                #expect(try lines(of: list).count == 1)
            }
        }
    }
}
