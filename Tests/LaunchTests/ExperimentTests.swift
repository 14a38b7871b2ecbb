// ExperimentTests.swift — `blendway experiment` as a user types it: killed in the middle, gone on with,
// changed, and with a run that fails. And what `eval` looks at for it.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct ExperimentTests {
        /// The shipped smoke experiment, on data that are there already.
        private static func yaml(_ change: (String) -> String = { $0 }) throws -> String {
            let configs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "configs/experiment-smoke.yaml")
            return change(try String(contentsOf: configs, encoding: .utf8))
        }

        private func experiment(_ folder: String, _ more: [String] = [], config: String) throws -> RunningProcess {
            let file = "\(folder)/e.yaml"
            try config.write(toFile: file, atomically: true, encoding: .utf8)
            return try RunningProcess(
                builtProgram("blendway"), ["experiment", "--config", file, "--out", "\(folder)/out"] + more)
        }

        @Test func anExperimentThatWasKilledGoesOnAndReportsAllRuns() throws {
            try withTemporaryFolder { folder in
                let config = try Self.yaml()
                let first = try experiment(folder, ["--jobs", "2"], config: config)
                let out = "\(folder)/out"
                func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(out)/\(path)") }
                // In the middle: one run is done, others aren't.
                #expect(first.waitUntil(timeout: 100) {
                    exists("runs/vht/seed-1/eval.json") || exists("runs/prodet/seed-1/eval.json")
                })
                // A second one in the same folder is refused while the first is at work.
                try experiment(folder, config: config).wait(timeout: 60).expectFailure(1, "another experiment is at work")
                let children = first.children
                #expect(!children.isEmpty)
                first.signal(SIGKILL)
                _ = first.wait(timeout: 10)
                // Its runs don't outlive it.
                for _ in 0..<200 where children.contains(where: { kill($0, 0) == 0 }) { usleep(50_000) }
                #expect(!children.contains { kill($0, 0) == 0 })
                #expect(!exists("results.json"))
                let kept = exists("runs/vht/seed-1/eval.json") ? "vht" : "prodet"
                let before = try modified("\(out)/runs/\(kept)/seed-1/eval.json")

                let second = try experiment(folder, ["--json"], config: config).wait(timeout: 150)
                #expect(second.status == 0, "\(second)")
                #expect(second.stderr.contains("of 4 runs are there already"), "\(second)")
                #expect(try modified("\(out)/runs/\(kept)/seed-1/eval.json") == before, "a finished run is kept")
                try expectResult(second.json(), out)

                // Again: nothing is left to do, and the bytes are the same.
                let results = try Foundation.Data(contentsOf: URL(filePath: "\(out)/results.json"))
                let third = try experiment(folder, ["--json"], config: config).wait(timeout: 60)
                #expect(third.status == 0 && third.stdout == second.stdout, "\(third)")
                #expect(try Foundation.Data(contentsOf: URL(filePath: "\(out)/results.json")) == results)

                // Changed: refused, with what changed.
                let changed = config.replacing("lr: 1.0e-3", with: "lr: 2.0e-3")
                try experiment(folder, config: changed).wait(timeout: 60)
                    .expectFailure(64, "vht: optimizer.lr was 0.001, is 0.002", "another --out")
            }
        }

        private func modified(_ path: String) throws -> Date? {
            try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        }

        private func expectResult(_ json: [String: Any], _ out: String) throws {
            let settings = try #require(json["settings"] as? [[String: Any]])
            #expect(settings.map { $0["name"] as? String } == ["vht", "prodet"])
            for setting in settings {
                #expect(setting["seeds"] as? [Int] == [1, 2])
                for key in ["unseen_frame_auc", "unseen_video_auc", "seen_frame_auc", "unseen_frame_eer", "val_frame_auc"] {
                    let statistic = try #require(setting[key] as? [String: Any], "\(key)")
                    #expect((0...1).contains(statistic["mean"] as? Double ?? -1) && statistic["sd"] is Double, "\(key): \(statistic)")
                }
                #expect(setting["mpd"] is Double && (setting["runs"] as? [Any])?.count == 2)
            }
            let pair = try #require((json["pairs"] as? [[String: Any]])?.first)
            #expect(pair["a"] as? String == "prodet" && pair["b"] as? String == "vht" && pair["p"] is Double)
            let means = settings.compactMap { ($0["unseen_frame_auc"] as? [String: Any])?["mean"] as? Double }
            #expect(abs((pair["difference"] as? Double ?? 9) - (means[1] - means[0])) < 1e-12)
            #expect((json["data"] as? [[String: Any]])?.map { $0["role"] as? String } == ["train", "val", "seen", "unseen"])

            let page = try String(contentsOfFile: "\(out)/report/index.html", encoding: .utf8)
            for part in ["Protocol", "Robustness: JPEG", "Latent space", "Anchors while training", "data:image/jpeg;base64,", "paired t-test"] {
                #expect(page.contains(part), "no '\(part)' on the page")
            }
            #expect(!page.contains("src=\"http") && !page.contains("href=\"http") && !page.contains("<script"))
        }

        @Test func aRunThatFailsIsToldAndTheOthersGoOn() throws {
            try withTemporaryFolder { folder in
                // A rate at which weights blow up; ten skipped steps end a run.
                let config = try Self.yaml {
                    $0.replacing("vht: {setting: vht}", with: "vht: {setting: vht, optimizer: {name: sgd, lr: 1.0e30}, train: {non_finite_limit: 1}}")
                        .replacing("seeds: [1, 2]", with: "seeds: [1]").replacing("perturb: true", with: "perturb: false")
                }
                let result = try experiment(folder, config: config).wait(timeout: 120)
                #expect(result.status == 1, "\(result)")
                #expect(result.stderr.contains("vht seed 1 failed: status 1") && result.stderr.contains("1 of 2 runs failed"), "\(result)")
                #expect(result.stdout.contains("prodet"), "\(result)")
                let page = try String(contentsOfFile: "\(folder)/out/report/index.html", encoding: .utf8)
                #expect(page.contains("Runs that failed") && page.contains("vht, seed 1"))
            }
        }

        @Test func aTestThatTrainingCouldSeeIsRefused() throws {
            try withTemporaryFolder { folder in
                func with(_ data: String) throws -> ProcessResult {
                    let config = try Self.yaml { text in
                        text.split(separator: "\n", omittingEmptySubsequences: false)
                            .map { $0.contains("synth:") ? Substring(data) : $0 }.joined(separator: "\n")
                    }
                    return try experiment(folder + "/\(UUID().uuidString)", config: config, making: true).wait(timeout: 60)
                }
                let (train, val) = (try SmallWorld.file("train"), try SmallWorld.file("val"))
                let (seen, unseen) = (try SmallWorld.file("test-seen"), try SmallWorld.file("test-unseen"))
                try with("  {train: \(train), val: \(val), seen: \(seen), unseen: \(seen)}")
                    .expectFailure(64, "is given twice")
                let copy = "\(folder)/copy.h5"
                try FileManager.default.copyItem(atPath: seen, toPath: copy)
                try with("  {train: \(train), val: \(val), seen: \(seen), unseen: \(copy)}")
                    .expectFailure(65, "same content")
                try with("  {train: \(train), val: \(unseen), seen: \(seen), unseen: \(val)}")
                    .expectFailure(65, "the validation data", "must not be chosen on unseen ones")
                try with("  {train: \(train), val: \(val), unseen: \(seen)}")
                    .expectFailure(65, "is to be unseen, but training sees its manipulation")
                try with("  {train: \(train), val: \(val), seen: \(unseen), unseen: \(seen)}")
                    .expectFailure(65, "name it under data.unseen")
            }
        }

        private func experiment(_ folder: String, config: String, making: Bool) throws -> RunningProcess {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try experiment(folder, config: config)
        }

        @Test func printedCommandsMakeTheSameRuns() throws {
            try withTemporaryFolder { folder in
                let config = try Self.yaml { $0.replacing("seeds: [1, 2]", with: "seeds: [1]") }
                let printed = try experiment(folder, ["--print", "--only", "prodet"], config: config).wait(timeout: 60)
                #expect(printed.status == 0, "\(printed)")
                let lines = printed.stdout.split(separator: "\n")
                #expect(lines.count == 1 && lines[0].contains(" train --config "), "\(printed)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/out/runs/prodet/seed-1/train.json"))
            }
        }

        // MARK: eval

        @Test func featuresAndRobustnessAreTheSameOnAnyNumberOfRanks() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run")
                try run.finish(["--steps", "3"])
                func arguments(_ name: String) throws -> [String] {
                    [
                        "eval", "--checkpoint", run.latest, "--json", "--latent", "--perturb", "--perturb-frames", "2",
                        "--features", "\(folder)/\(name).csv", "--saliency", "\(folder)/\(name).png", "--data",
                        try SmallWorld.file("test-seen"), try SmallWorld.file("test-unseen"),
                    ]
                }
                let alone = try blendway(arguments("one"))
                #expect(alone.status == 0, "\(alone)")
                let three = try runUnderMPI(ranks: 3, executable: builtProgram("blendway"), arguments: arguments("three"))
                #expect(three.status == 0 && three.stdout == alone.stdout, "\(three)")
                for end in ["csv", "png"] {
                    #expect(FileManager.default.contentsEqual(atPath: "\(folder)/one.\(end)", andPath: "\(folder)/three.\(end)"))
                }
                // 18 frames of two seen families, 24 of three unseen ones; 6 of each are real and give three anchors.
                let rows = try lines(of: "\(folder)/one.csv")
                #expect(rows.count == 1 + (18 + 18) + (24 + 18) && rows[0].hasPrefix("dataset,method,video,frame,anchor,made,score,z0,"))
                for (dataset, videos) in zip(try #require(alone.json()["datasets"] as? [[String: Any]]), [6, 8]) {
                    let robustness = try #require(dataset["robustness"] as? [String: Any])
                    #expect(robustness["frames"] as? Int == 2 * videos && robustness["mpd"] is Double)
                    #expect((robustness["perturbations"] as? [Any])?.count == 25)
                    let latent = try #require(dataset["latent"] as? [String: Any])
                    #expect((latent["anchors"] as? [[String: Any]])?.map { $0["anchor"] as? String } == ["r", "s", "c", "f"])
                    #expect((latent["orientation"] as? String)?.hasPrefix("from r to f") == true)
                }
                let plain = try blendway(["eval", "--checkpoint", run.latest, "--json", "--data", try SmallWorld.file("test-seen")])
                let first = try #require((plain.json()["datasets"] as? [[String: Any]])?.first)
                #expect(first["robustness"] == nil && first["latent"] == nil)
                try blendway(["eval", "--checkpoint", run.latest, "--json", "--features", "\(folder)/z.txt", "--data", try SmallWorld.file("val")])
                    .expectFailure(64, "neither .h5 nor .csv")
            }
        }
    }
}
