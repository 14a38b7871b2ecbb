// PrecisionTests.swift — bfloat16 products as a user asks for them: training, resume, evaluation, prediction,
// benchmarks. With the exact model, so that every processor runs them.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct PrecisionTests {
        @Test func aRoundedRunTrainsNearAFloat32OneAndSaysWhatItComputesWith() throws {
            try withTemporaryFolder { folder in
                let settings = ["train.checkpoint_every_steps=4"]
                let rounded = try TestRun("\(folder)/rounded", settings + ["train.precision=bf16-model"])
                let log = try rounded.finish(["--steps", "8"]).stderr
                #expect(log.contains("products own bf16 model"), "\(log)")
                let exact = try TestRun("\(folder)/exact", settings)
                try exact.finish(["--steps", "8"])
                for (a, b) in zip(try rounded.metrics(), try exact.metrics()) {
                    let (a, b) = (try #require(a["loss"] as? Double), try #require(b["loss"] as? Double))
                    #expect(abs(a - b) < 0.05 * b, "\(a) \(b)")
                }
                #expect(try compare(rounded.latest, exact.latest)["identical"] as? Bool == false)
                let contents = try Checkpoint.read(rounded.latest)
                #expect(contents.provenance["products"] == "bf16 model")
                #expect(contents.config.contains("precision: bf16-model"))
            }
        }

        @Test func shardsGiveARoundedRunTheSameBitsOnTwoRanks() throws {
            try withTemporaryFolder { folder in
                let settings = ["train.precision=bf16-model", "train.shards=2"]
                let one = try TestRun("\(folder)/one", settings + ["train.threads=2"])
                try one.finish(["--steps", "4"])
                let two = try TestRun("\(folder)/two", settings)
                try two.finish(ranks: 2, ["--steps", "4"])
                let arrays = try #require(try compare(one.latest, two.latest)["arrays"] as? [[String: Any]])
                #expect(arrays.allSatisfy { $0["identical"] as? Bool == true })
            }
        }

        @Test func aResumeWithAnotherPrecisionIsAllowedAndSaid() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder, ["train.checkpoint_every_steps=2"])
                try run.finish(["--steps", "2"])
                let resumed = try run.finish(["--steps", "4", "--set", "train.precision=bf16-model"])
                #expect(
                    resumed.stderr.contains(
                        "the steps so far were computed with train.precision=float32, those from here on with train.precision=bf16-model"),
                    "\(resumed.stderr)")
                let again = try run.finish(["--steps", "6", "--set", "train.precision=bf16-model"])
                #expect(!again.stderr.contains("those from here on"), "\(again.stderr)")
            }
        }

        @Test func anUnknownPrecisionIsRefusedWithTheKnownOnes() throws {
            try withTemporaryFolder { folder in
                try TestRun(folder).train(["--set", "train.precision=fp16"])
                    .expectFailure(64, "train.precision", "float32, bf16, bf16-model")
                try blendway(["bench", "step", "--precision", "half"]).expectFailure(64, "half")
            }
        }

        @Test func evaluationAndPredictionHaveTheirOwnSwitch() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder, ["train.evaluate_precision=bf16-model", "data.val=\(try SmallWorld.file("val"))"])
                try run.finish(["--steps", "3"])
                let data = try SmallWorld.file("test-seen")
                let exact = try blendway(["eval", "--checkpoint", run.latest, "--data", data, "--json"])
                let rounded = try blendway(
                    ["eval", "--checkpoint", run.latest, "--data", data, "--json", "--precision", "bf16-model"])
                #expect(exact.status == 0 && rounded.status == 0, "\(rounded)")
                func scores(_ precision: String) throws -> [Double] {
                    let result = try blendway(
                        ["predict", "--checkpoint", run.latest, data, "--json", "--precision", precision])
                    try #require(result.status == 0, "\(result)")
                    return try #require(result.json()["faces"] as? [[String: Any]]).compactMap { $0["score"] as? Double }
                }
                let (a, b) = (try scores("float32"), try scores("bf16-model"))
                #expect(a.count == b.count && !a.isEmpty && a != b)
                #expect(zip(a, b).allSatisfy { abs($0 - $1) < 0.05 })
            }
        }

        @Test func benchmarksSayWhatTheyComputeWith() throws {
            let small = ["--arch", "tiny", "--size", "64", "--batch", "2", "--json"]
            for mode in ["train", "inference"] {
                let result = try blendway(
                    ["bench", "step", "--steps", "1", "--mode", mode, "--precision", "bf16-model"] + small)
                #expect(result.status == 0, "\(result)")
                #expect(try result.json()["precision"] as? String == "bf16-model")
                #expect((try result.json()["gemm"] as? String)?.hasPrefix("own bf16 model") == true)
            }
            let kernels = try blendway(
                ["bench", "kernels", "--repetitions", "1", "--precision", "bf16-model"] + small)
            #expect(kernels.status == 0, "\(kernels)")
            #expect((try kernels.json()["gemm"] as? String)?.hasPrefix("own bf16 model") == true)
        }
    }
}
