// ErrorTests.swift — errors that no other suite brings about: what a user does, and the sentence that comes.

import Foundation
import Imaging
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct ErrorTests {
        private func write(_ text: String, _ path: String) throws -> String {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        @Test func launchNamesWhatItCannotStartWith() throws {
            try withTemporaryFolder { folder in
                let words = ["--", "train", "--run-dir", "\(folder)/run"]
                let hosts = try write("node01 slots=x\n", "\(folder)/hosts")
                try blendway(["launch", "--hostfile", hosts] + words)
                    .expectFailure(64, "'node01' are no number above 0", "a hostfile has one line a host")
                let none = try write("", "\(folder)/none")
                try blendway(["launch", "--hostfile", none] + words).expectFailure(64, "it names no host")
                // ClusterError.launcher
                try blendway(["launch", "--mpirun", "/nowhere/mpirun", "-n", "1"] + words)
                    .expectFailure(1, "there is no /nowhere/mpirun in PATH; install Open MPI")
            }
        }

        @Test func filesOfOtherKindsAreRefusedBeforeTheWork() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", ["setting=df-only"])
                try run.finish(["--steps", "1"])
                let judge = ["eval", "--checkpoint", run.latest, "--data", try SmallWorld.file("val")]
                try blendway(judge + ["--saliency", "\(folder)/s.gif"])
                    .expectFailure(64, "pictures can be written as PNG or JPEG, and \(folder)/s.gif ends in neither .png nor .jpg")
                try blendway(judge + ["--features", "\(folder)/s.gif"])
                    .expectFailure(64, "features can be written as HDF5 or CSV, and \(folder)/s.gif ends in neither .h5 nor .csv")
                // A predicted picture that is none.
                try FileManager.default.createDirectory(atPath: "\(folder)/crops", withIntermediateDirectories: true)
                let crop = try write("no", "\(folder)/crops/a.png")
                try blendway(["predict", "--checkpoint", run.latest, "\(folder)/crops"]).expectFailure(65, "\(crop): it is a text")
            }
        }

        @Test func recipesOfOtherDataAreRefused() throws {
            try withTemporaryFolder { folder in
                let data = try SmallWorld.file("train")
                let out = ["--data", data, "--out", "\(folder)/o.png"]
                try blendway(["blend", "--recipe", "\(folder)/none.json"] + out)
                    .expectFailure(1, "the recipe \(folder)/none.json cannot be read: ", "Check its path and permissions")
                let printed = try blendway(["blend", "--data", data, "--sample", "0", "--print-recipe"])
                var recipe = try printed.json()
                var sample = try #require(recipe["sample"] as? [String: Any])
                sample["real"] = 9999
                recipe["sample"] = sample
                let file = "\(folder)/r.json"
                try JSONSerialization.data(withJSONObject: recipe).write(to: URL(fileURLWithPath: file))
                try blendway(["blend", "--recipe", file] + out)
                    .expectFailure(65, "names frame 9999 of a dataset that has 18, counted from 0")
            }
        }

        @Test func aConfigurationThatIsNoYAMLIsNamedWithItsLine() throws {
            try withTemporaryFolder { folder in
                let file = try write("train:\n  epochs: 3\n bad: [", "\(folder)/b.yaml")
                try blendway(["train", "--config", file, "--run-dir", "\(folder)/run"])
                    .expectFailure(64, "b.yaml:3: this isn't YAML (", "; check indentation and quotes there")
            }
        }

        @Test func experimentsSayWhatStopsThem() throws {
            try withTemporaryFolder { folder in
                let smoke = try String(contentsOfFile: "\(packageFolder)/configs/experiment-smoke.yaml", encoding: .utf8)
                func experiment(_ text: String) throws -> ProcessResult {
                    try blendway(["experiment", "--config", write(text, "\(folder)/e.yaml"), "--out", "\(folder)/out"])
                }
                try experiment(smoke.replacing("vht: {setting: vht}", with: "vht: {setting: vht, train: {seed: 3}}"))
                    .expectFailure(64, "train.seed of vht can't be set here; list the seeds under seeds")
                try experiment(smoke.replacing("identities: 8", with: "identities: 3"))
                    .expectFailure(1, "the data can't be made: ", "3 identities are too few", "; correct data.synth and start again")
            }
        }

        @Test func experimentsOnTheSameDataTwiceAreRefused() throws {
            try withTemporaryFolder { folder in
                let smoke = try String(contentsOfFile: "\(packageFolder)/configs/experiment-smoke.yaml", encoding: .utf8)
                let files = try ["train", "val", "test-seen"].map { try SmallWorld.file($0) }
                let data = "  train: \(files[0])\n  val: \(files[1])\n  seen: [\(files[2])]\n  unseen: [\(files[0])]"
                let lines = smoke.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { $0.hasPrefix("  synth:") ? data : String($0) }
                let config = try write(lines.joined(separator: "\n"), "\(folder)/e.yaml")
                // A copy under another name is ExperimentError.badProtocol, see ExperimentTests.
                try blendway(["experiment", "--config", config, "--out", "\(folder)/out"])
                    .expectFailure(64, "is given twice")
            }
        }

        @Test func aFormThatTheNamesDoNotKnowIsNotExported() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", ["losses.opr=multi-class"])
                try run.finish(["--steps", "1"])
                // InterchangeError.unsupported
                try blendway(["export", "--checkpoint", run.latest, "--format", "safetensors", "--out", "\(folder)/w.safetensors"])
                    .expectFailure(64, "deepfakebench has no name for heads.anchor", "--names blendway")
            }
        }

        @Test func framesThatAreNotSquareAreRefused() throws {
            try withTemporaryFolder { folder in
                let path = "\(folder)/wide.h5"
                let writer = try DatasetWriter(
                    path, description: DatasetDescription(dataset: "wide", split: "train"), height: 32, width: 48, landmarkCount: 68)
                let video = writer.addVideo(DatasetVideo(name: "a", method: "real", isFake: false, identity: "a"))
                _ = try writer.addFrame(
                    image: [UInt8](repeating: 9, count: 48 * 32 * 3), landmarks: [Float](repeating: 5, count: 136), video: video, index: 0)
                _ = try writer.finish()
                let run = try TestRun("\(folder)/run", ["data.train=\(path)", "setting=bf-only"])
                try run.train(["--steps", "1"]).expectFailure(65, "has frames of 48×32 pixels", "only square ones can be used")
            }
        }

        @Test func aPictureThatCannotBeWrittenIsNamed() throws {
            // ImagingError.unwritableFile
            let error = #expect(throws: ImagingError.self) { try PNG.write(Image(width: 4, height: 4, fill: 0), "/nowhere/a.png") }
            #expect(error.map { "\($0)" }?.hasPrefix("cannot write the picture /nowhere/a.png: ") == true)
        }

        @Test func splitsOfPeopleWhoHangTogetherAreRefused() throws {
            try withTemporaryFolder { folder in
                let data = try SmallWorld.file("train")
                // ImportError.sharedIdentity
                try blendway(["split", data, "--out", folder]).expectFailure(
                    65, "can't be split in 3: its people form 1 group only, the largest being", "; ask for fewer parts")
                // ImportError.badShares
                try blendway(["split", data, "--out", folder, "--train", "0.9", "--val", "0.6"])
                    .expectFailure(64, "must be 0 or more, at least two of them above 0, and 1 together")
            }
        }

        /// The program beside generators of another release.
        @Test func generatorsOfAnotherReleaseAreRefused() throws {
            try withTemporaryFolder { folder in
                let program = "\(folder)/blendway"
                try FileManager.default.copyItem(atPath: builtProgram("blendway"), toPath: program)
                let resources = "\(folder)/blendway_Synthesis.resources"
                try FileManager.default.createDirectory(atPath: resources, withIntermediateDirectories: true)
                _ = try write("xxxxx", "\(resources)/generators.bin")
                try TestSupport.run(program, ["synth", "--out", "\(folder)/data"]).expectFailure(
                    64, "the generators' weights in \(resources)/generators.bin has 5 bytes", "belongs beside the program")
            }
        }
    }
}
