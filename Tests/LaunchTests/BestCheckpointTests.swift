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

        /// Validated on its own training data, which it can tell apart perfectly: then nothing is better any more.
        @Test func theBestIsTheHighestEvaluationAndStaysItOverAResume() throws {
            try withTemporaryFolder { folder in
                let data = try SmallWorld.file("train")
                let run = try TestRun(
                    "\(folder)/run",
                    LearningTests.settings + ["data.val=\(data)", "setting=df-only", "train.checkpoint_keep=1", "train.evaluate_every_epochs=5"])
                let first = try run.finish(["--steps", "60", "--json"])
                #expect(try first.json()["best_val_frame_auc"] as? Double == 1)
                let state = try Checkpoint.read(run.latest)
                let best = try #require(state.integers["best_step"])
                #expect(best > 10 && best < 60 && state.reals["best_val_frame_auc"] == 1)
                let name = "step-000000\(best).h5"
                #expect(try self.best(run) == name)
                let judged = try Judged("\(run.folder)/checkpoints/best.h5", data).measure("frame_auc")
                #expect(judged == 1)

                let second = try run.finish(["--steps", "90", "--json"])
                #expect(try second.json()["best_val_frame_auc"] as? Double == 1)
                #expect(second.stderr.contains("step 90: validation frame AUC") && !second.stderr.contains("best so far"))
                #expect(try self.best(run) == name, "an equal one is no better one")
                #expect(try names(in: "\(run.folder)/checkpoints").contains(name), "kept as the best")

                // From a checkpoint that remembers less, the next is the best so far.
                var forgetful = try Checkpoint.read(run.latest)
                forgetful.reals["best_val_frame_auc"] = 0.99
                try Checkpoint.write(forgetful, to: run.checkpoint(90))
                let third = try run.finish(["--steps", "100"])
                #expect(third.stderr.contains("the best so far"), "\(third)")
                #expect(try self.best(run) == "step-00000100.h5")
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
