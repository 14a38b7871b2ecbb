// VerifyStepTests.swift — `blendway verify-step`: the same on any number of ranks, and as PyTorch has it.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct VerifyStepTests {
        static let torch = python(with: ["torch", "h5py", "safetensors", "numpy"])
        static let torchvision = torch == nil ? nil : python(with: ["torch", "torchvision", "h5py", "safetensors"])
        static let onnxruntime = python(with: ["onnxruntime", "onnx", "numpy"])

        /// Weights of a small detector and a batch of three quadruples for it.
        private func inputs(_ folder: String) throws -> [String] {
            let run = try WeightsTests.trained(folder)
            let (weights, batch) = ("\(folder)/w.safetensors", "\(folder)/batch.h5")
            try #require(blendway(["export", "--checkpoint", run.latest, "--format", "safetensors", "--out", weights]).status == 0)
            func numbers(_ count: Int, _ phase: Float) -> [Float] { (0..<count).map { sin(Float($0 * $0 % 7919) + phase) } }
            let file = try HDF5File.create(batch)
            try file.root.write(numbers(12 * 64 * 64 * 3, 0), to: "images", shape: [12, 64, 64, 3])
            for (index, pair) in ["rs", "sc", "cf"].enumerated() {
                try file.root.write([0.2, 0.5, 0.9] as [Float], to: "lambda_" + pair, shape: [3])
                try file.root.write(numbers(3 * 16, Float(index)), to: "noise_" + pair, shape: [3, 1, 1, 16])
            }
            try file.root.attributes.set("orientation", .real(0.5))
            try file.close()
            return ["verify-step", "--weights", weights, "--batch", batch, "--arch", "prodet-tiny", "--threads", "1"]
        }

        private func arrays(_ path: String) throws -> [String: (shape: [Int], values: [Double])] {
            let file = try HDF5File.open(path)
            var arrays: [String: (shape: [Int], values: [Double])] = [:]
            for name in try file.root.names() {
                let isGroup = try file.root.kind(of: name) == .group
                for inner in isGroup ? try file.root.group(name).names().map({ "\(name)/\($0)" }) : [name] {
                    let dataset = try file.root.dataset(inner)
                    arrays[inner] = (
                        dataset.shape,
                        dataset.elementType == .float64
                            ? try dataset.read(as: Double.self) : try dataset.read(as: Float.self).map(Double.init)
                    )
                }
            }
            return arrays
        }

        @Test(arguments: [true, false]) func everyNumberOfRanksGivesTheSame(training: Bool) throws {
            try withTemporaryFolder { folder in
                let arguments = try inputs(folder) + ["--train-mode", "\(training)"]
                let alone = "\(folder)/alone.h5"
                let result = try blendway(arguments + ["--out", alone, "--json"])
                #expect(result.status == 0, "\(result)")
                let expected = try arrays(alone)
                #expect(expected["features"]?.shape == [12, 1, 1, 16] && expected["logits/final"]?.shape == [21, 2])
                #expect(expected["gradients/final_classifier.4.weight"]?.shape == [2, 8])
                #expect(expected["gradients/backbone.efficientnet._conv_stem.weight"]?.shape == [16, 3, 3, 3])
                #expect(expected["losses/orientation"]?.values.first ?? 0 > 0)
                // Two ranks: one and two quadruples. Four: one of them has none.
                for ranks in [2, 4] {
                    let out = "\(folder)/\(ranks).h5"
                    let result = try runUnderMPI(
                        ranks: ranks, executable: builtProgram("blendway"), arguments: arguments + ["--out", out])
                    #expect(result.status == 0, "\(result)")
                    let other = try arrays(out)
                    #expect(other.keys.sorted() == expected.keys.sorted())
                    for (name, array) in expected {
                        let values = try #require(other[name]?.values)
                        let size = max(array.values.map(abs).max() ?? 0, 1e-6)
                        let worst = zip(values, array.values).map { abs($0 - $1) }.max() ?? 0
                        #expect(values.count == array.values.count && worst <= 2e-4 * size, "\(name): \(worst) of \(size)")
                    }
                }
            }
        }

        @Test func badBatchesAreRefusedOnAllRanks() throws {
            try withTemporaryFolder { folder in
                let arguments = try inputs(folder)
                let out = "\(folder)/out.h5"
                func batch(_ change: (HDF5File) throws -> Void) throws {
                    try? FileManager.default.removeItem(atPath: "\(folder)/batch.h5")
                    let file = try HDF5File.create("\(folder)/batch.h5")
                    try change(file)
                    try file.close()
                }
                try batch { try $0.root.write([Float](repeating: 0, count: 3 * 64 * 64 * 3), to: "images", shape: [3, 64, 64, 3]) }
                try blendway(arguments + ["--out", out]).expectFailure(65, "quadruples")
                try batch { try $0.root.write([Float](repeating: .nan, count: 4 * 64 * 64 * 3), to: "images", shape: [4, 64, 64, 3]) }
                let result = try runUnderMPI(
                    ranks: 2, executable: builtProgram("blendway"), arguments: arguments + ["--out", out])
                #expect(result.status != 0 && result.stderr.contains("not finite"), "\(result)")
                try batch { try $0.root.write([Float](repeating: 0, count: 4 * 64 * 64 * 3), to: "images", shape: [4, 64, 64, 3]) }
                try blendway(arguments + ["--out", out]).expectFailure(65, "/lambda_rs is missing")
                try blendway(arguments + ["--out", "\(folder)/batch.h5"]).expectFailure(64, "--force")
                #expect(!FileManager.default.fileExists(atPath: out))
            }
        }

        private func compare(_ interpreter: String, _ arguments: [String]) throws {
            let result = try run(
                interpreter, ["benchmarks/parity/compare.py", "--blendway", builtProgram("blendway"), "--threads", "1"] + arguments,
                workingFolder: packageFolder, timeout: 240)
            #expect(result.status == 0, "\(result)")
        }

        @Test(.enabled(if: torch != nil, "needs a Python with torch, h5py and safetensors; see tools/python-env.sh"))
        func theStepIsPyTorchs() throws {
            try compare(
                #require(Self.torch),
                ["--case", "prodet-tiny", "--size", "64", "--channels", "16", "--hidden", "8", "--quadruples", "3"])
        }

        @Test(.enabled(if: torchvision != nil, "needs a Python with torchvision; see tools/python-env.sh"))
        func theBackboneIsTorchvisions() throws {
            try compare(#require(Self.torchvision), ["--case", "torchvision-b0", "--size", "64"])
        }

        @Test(.enabled(if: onnxruntime != nil, "needs a Python with onnx and onnxruntime; see tools/python-env.sh"))
        func onnxruntimeGivesTheSameScores() throws {
            try withTemporaryFolder { folder in
                let trained = try WeightsTests.trained(folder)
                let (model, scores) = ("\(folder)/d.onnx", "\(folder)/scores.json")
                try #require(blendway(["export", "--checkpoint", trained.latest, "--format", "onnx", "--out", model]).status == 0)
                // The frames as one raw file; scores by our own command.
                let file = try DatasetFile(SmallWorld.file("test-seen"))
                var pixels = Data()
                for frame in 0..<file.frameCount { pixels += try file.readImage(frame) }
                try pixels.write(to: URL(fileURLWithPath: "\(folder)/pixels"))
                let ours = try blendway(["predict", "--checkpoint", trained.latest, file.path, "--json"])
                try ours.stdout.write(toFile: scores, atomically: true, encoding: .utf8)
                let result = try run(
                    #require(Self.onnxruntime),
                    [
                        "-c",
                        """
                        import json, sys, numpy as np, onnx, onnxruntime
                        onnx.checker.check_model(sys.argv[1], full_check=True)
                        faces = json.load(open(sys.argv[3]))["faces"]
                        images = np.fromfile(sys.argv[2], np.uint8).reshape(len(faces), 64, 64, 3)
                        images = (images / np.float32(127.5) - 1).astype(np.float32).transpose(0, 3, 1, 2)
                        session = onnxruntime.InferenceSession(sys.argv[1])
                        scores = np.concatenate([session.run(["score"], {"images": images[a:b]})[0] for a, b in ((0, 1), (1, len(faces)))])
                        ours = np.array([face["score"] for face in faces])
                        worst = np.abs(np.sort(scores) / np.sort(ours) - 1).max()
                        print(worst)
                        sys.exit(0 if worst < 1e-5 else 1)
                        """, model, "\(folder)/pixels", scores,
                    ], timeout: 120)
                #expect(result.status == 0, "\(result)")
            }
        }
    }
}
