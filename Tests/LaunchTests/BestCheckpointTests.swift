// BestCheckpointTests.swift — which checkpoint is the best one, and that a resume does not forget it.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct BestCheckpointTests {
        private func best(_ run: TestRun) throws -> String {
            try FileManager.default.destinationOfSymbolicLink(atPath: "\(run.folder)/checkpoints/best.h5")
        }

        @Test func theBestIsTheHighestEvaluationAndStaysItOverAResume() throws {
            try withTemporaryFolder { folder in
                let val = try SmallWorld.file("val")
                // Two steps an epoch; the last two starts change nothing that validation sees.
                let settings = ["data.val=\(val)", "setting=df-only", "model.batch_norm.momentum=0", "train.checkpoint_keep=1"]
                let run = try TestRun("\(folder)/run", settings)
                let first = try run.finish(["--steps", "2", "--json"]).json()
                let auc = try #require(first["best_val_frame_auc"] as? Double)
                #expect(try best(run) == "step-00000002.h5")
                #expect(try auc == Judged("\(run.folder)/checkpoints/best.h5", val).measure("frame_auc"))

                let still = ["--set", "optimizer.lr=1e-12"]
                let second = try run.finish(["--steps", "6", "--json"] + still)
                #expect(try second.json()["best_val_frame_auc"] as? Double == auc)
                #expect(second.stderr.contains("step 6: validation frame AUC") && !second.stderr.contains("best so far"))
                #expect(try best(run) == "step-00000002.h5", "an equal one is no better one")
                let state = try Checkpoint.read(run.latest)
                #expect(state.integers["best_step"] == 2 && state.reals["best_val_frame_auc"] == auc)
                #expect(try names(in: "\(run.folder)/checkpoints").contains("step-00000002.h5"), "kept as the best")

                // From a checkpoint that remembers less, the same weights are the best so far.
                var forgetful = state
                forgetful.reals["best_val_frame_auc"] = auc - 0.01
                try Checkpoint.write(forgetful, to: run.checkpoint(6))
                let third = try run.finish(["--steps", "8"] + still)
                #expect(third.stderr.contains("step 8: validation frame AUC") && third.stderr.contains("the best so far"))
                #expect(try best(run) == "step-00000008.h5")
            }
        }

        /// Every second epoch, and behind the last step.
        @Test func validationComesAsOftenAsIsSet() throws {
            try withTemporaryFolder { folder in
                let val = try SmallWorld.file("val")
                func steps(_ name: String, every: Int) throws -> [Int] {
                    let run = try TestRun(
                        "\(folder)/\(name)", ["data.val=\(val)", "setting=df-only", "train.evaluate_every_epochs=\(every)"])
                    let lines = try run.finish(["--steps", "10"]).stderr.split(separator: "\n")
                    return lines.filter { $0.contains("validation frame AUC") }
                        .compactMap { $0.split(separator: ":").first?.split(separator: " ").last.flatMap { Int($0) } }
                }
                #expect(try steps("two", every: 2) == [4, 8, 10])
                #expect(try steps("none", every: 0) == [])
            }
        }
    }
}
