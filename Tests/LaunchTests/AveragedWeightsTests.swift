// AveragedWeightsTests.swift — averaged weights are what the setting says, and what everything after training uses.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct AveragedWeightsTests {
        private static let settings = [
            "optimizer.ema=0.7", "optimizer.lr=1e-2", "model.batch_norm.momentum=0.5", "setting=df-only",
            "train.checkpoint_every_steps=1", "train.checkpoint_keep=20",
        ]

        @Test func theyAreTheMovingAverageAlsoAcrossAResume() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", Self.settings)
                let straight = try TestRun("\(folder)/straight", Self.settings)
                // The last checkpoint of a start is always written; others only when the writer is idle.
                for steps in 4...8 { try run.finish(["--steps", "\(steps)"]) }
                try straight.finish(["--steps", "8"])
                try expectSameEnd(straight, run)

                var checked = 0
                for step in 5...8 where FileManager.default.fileExists(atPath: run.checkpoint(step - 1)) {
                    guard FileManager.default.fileExists(atPath: run.checkpoint(step)) else { continue }
                    let before = try Weights(run.checkpoint(step - 1), "ema")
                    let now = try Weights(run.checkpoint(step), "model")
                    let expected = before.combined(with: now) { 0.7 * $0 + 0.3 * $1 }
                    let average = try Weights(run.checkpoint(step), "ema")
                    #expect(average.largestDifference(to: expected) < 1e-5, "step \(step)")
                    #expect(average.distance(to: now) > 1e-2, "step \(step)")
                    checked += 1
                }
                #expect(checked == 4, "a start's last checkpoint was not written")
            }
        }

        @Test func validationEvaluationPredictionAndExportUseThem() throws {
            try withTemporaryFolder { folder in
                let val = try SmallWorld.file("val")
                let run = try TestRun("\(folder)/run", Self.settings + ["data.val=\(val)"])
                let summary = try run.finish(["--steps", "2", "--json"]).json()

                // The same checkpoint with averages in the place of weights, and without averages.
                let contents = try Checkpoint.read(run.latest)
                var (averaged, last) = (contents, contents)
                for (name, array) in contents.arrays where name.hasPrefix("ema/") {
                    averaged.arrays["model/" + name.dropFirst(4)] = array
                    (averaged.arrays[name], last.arrays[name]) = (nil, nil)
                }
                func scores(_ checkpoint: String) throws -> [Double] {
                    let evaluated = try Judged(checkpoint, val).videoScores().map(\.score)
                    let predicted = try blendway(["predict", "--checkpoint", checkpoint, val, "--threads", "1", "--json"]).json()
                    let faces = try #require(predicted["faces"] as? [[String: Any]])
                    return evaluated + (try faces.map { try #require($0["score"] as? Double) })
                }
                func exported(_ checkpoint: String, _ format: String) throws -> Foundation.Data {
                    let out = "\(folder)/exported"
                    let result = try blendway(
                        ["export", "--checkpoint", checkpoint, "--format", format, "--out", out, "--force"])
                    try #require(result.status == 0, "\(result)")
                    return try Foundation.Data(contentsOf: URL(fileURLWithPath: out))
                }
                let (a, b) = ("\(folder)/averaged.h5", "\(folder)/last.h5")
                try Checkpoint.write(averaged, to: a)
                try Checkpoint.write(last, to: b)
                #expect(try scores(run.latest) == scores(a))
                #expect(try scores(run.latest) != scores(b))
                for format in ["safetensors", "onnx"] {
                    #expect(try exported(run.latest, format) == exported(a, format))
                    #expect(try exported(run.latest, format) != exported(b, format))
                }
                // With the weights of the last step, validation would have found something else.
                let best = try #require(summary["best_val_frame_auc"] as? Double)
                #expect(try best == Judged(a, val).measure("frame_auc"))
                #expect(try best != Judged(b, val).measure("frame_auc"))
            }
        }
    }
}
