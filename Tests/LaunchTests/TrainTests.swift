// TrainTests.swift — `blendway train` as a user types it: outputs, files, help, settings.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct TrainTests {
        @Test func aRunLeavesItsFilesAndPrintsOneJSONObject() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/a/run", ["data.val=\(try SmallWorld.file("val"))", "train.epochs=2"])
                let result = try run.finish(ranks: 2, ["--json"])
                let json = try result.json()
                #expect(json["ending"] as? String == "finished")
                #expect(json["step"] as? Int == 4 && json["total_steps"] as? Int == 4)
                #expect(json["checkpoint"] as? String == run.latest)
                #expect(json["best_val_frame_auc"] as? Double != nil)
                // An interval is a line, and no bar is drawn where nobody watches.
                #expect(result.stderr.contains("step 4/4") && !result.stderr.contains("\u{1B}"), "\(result)")

                let present = try names(in: run.folder)
                let reports = try names(in: "\(run.folder)/report")
                let checkpoints = try names(in: "\(run.folder)/checkpoints")
                let errors = try names(in: "\(run.folder)/errors")
                for name in ["config.yaml", "metrics.jsonl", "checkpoints", "report", "errors"] {
                    #expect(present.contains(name), "\(present)")
                }
                #expect(reports.contains("index.html") && checkpoints.contains("best.h5"))
                #expect(!errors.contains("quarantine.jsonl"))

                let last = try #require(run.metrics().last)
                for key in [
                    "step", "epoch", "loss", "learning_rate", "images_per_second", "data_wait", "reduce_wait",
                    "rss_mb", "world_size", "quarantined", "skipped_steps",
                ] { #expect(last[key] is NSNumber, "\(key) in \(last)") }
                #expect((last["losses"] as? [String: Double])?.keys.contains("orientation") == true)
                let anchors = try #require(last["anchors"] as? [String: Any])
                #expect((anchors["t"] as? [Double])?.count == 4 && anchors["sigma"] is NSNumber)

                // The configuration that it wrote says all that there is to say.
                let config = "\(run.folder)/config.yaml"
                let again = try blendway(["train", "--config", config, "--run-dir", "\(folder)/again"])
                #expect(again.status == 0, "\(again)")
                #expect(try lines(of: "\(folder)/again/config.yaml") == lines(of: config))

                // Start it once more: nothing is left to do, and nothing changes.
                let before = try Foundation.Data(contentsOf: URL(filePath: run.latest))
                let third = try run.finish(ranks: 2, ["--json"])
                #expect(try third.json()["step"] as? Int == 4)
                #expect(try Foundation.Data(contentsOf: URL(filePath: run.latest)) == before)
                #expect(try run.loggedSteps() == [1, 2, 3, 4])
            }
        }

        @Test(arguments: [
            ("df-only", ["final"]), ("bf-only", ["final"]), ("vht", ["final"]),
            (
                "prodet-published",
                ["blending", "final", "generation", "identity", "transition_cf", "transition_rs", "transition_sc"]
            ),
        ])
        func everySettingTrainsOnItsOwnTerms(setting: String, terms: [String]) throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder, ["setting=\(setting)"])
                try run.finish(["--steps", "2"])
                let losses = try #require(run.metrics().last?["losses"] as? [String: Double])
                #expect(losses.keys.sorted() == terms)
                #expect(losses.values.allSatisfy { $0.isFinite })
            }
        }

        @Test func theHelpTextsSayWhatANewUserNeeds() throws {
            let train = try blendway(["train", "--help"])
            #expect(train.status == 0)
            for part in [
                "mpirun -n 2 blendway train --config", "--run-dir", "--set <key=value>", "--steps", "--resume",
                "auto", "75", "metrics.jsonl", "checkpoints", "--json",
            ] { #expect(train.stdout.contains(part), "no '\(part)' in \(train.stdout)") }
            let eval = try blendway(["eval", "--help"])
            #expect(eval.status == 0)
            for part in ["--checkpoint", "--data", "AUC", "undefined", "videos.csv", "--report", "--json"] {
                #expect(eval.stdout.contains(part), "no '\(part)' in \(eval.stdout)")
            }
        }
    }
}
