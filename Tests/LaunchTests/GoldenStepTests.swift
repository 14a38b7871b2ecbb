// GoldenStepTests.swift — one step of the published detector as PyTorch computed it once, without a Python.
//
// Oracle/golden_step.py made the numbers and says what they are. VerifyStepTests compares with a PyTorch that is
// there, on other weights.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct GoldenStepTests {
        private struct Golden: Decodable {
            struct Array: Decodable {
                var name: String, k: UInt32, shape: [Int], offset: Double, scale: Double, values: [Double]?
            }
            var quadruples: Int, size: Int, channels: Int, side: Int
            var arrays: [Array]
            var lambdas: [String: [Float]]
            var losses: [String: Double], logits: [String: [Double]], features: [Double]
            var gradients: [String: [Double]], buffers: [String: [Double]]
        }

        /// Of golden_step.py: element `i` of array `k`.
        private func numbers(_ k: UInt32, _ count: Int) -> [Double] {
            (0..<UInt32(count)).map { i in
                var mixed = (i &+ 1) &* 2_654_435_761 &+ k &* 2_246_822_519
                mixed = (mixed ^ (mixed >> 15)) &* 2_654_435_769
                return Double(mixed >> 16) / 32768 - 1
            }
        }

        private func summary(_ k: UInt32, _ values: [Double]) -> [Double] {
            [values.reduce(0) { $0 + $1 * $1 }.squareRoot()]
                + [UInt32(1001), 1002].map { zip(values, numbers($0 + k, values.count)).reduce(0) { $0 + $1.0 * $1.1 } }
        }

        private func writeWeights(_ golden: Golden, to path: String) throws {
            var (header, data) = ([String: Any](), Foundation.Data())
            for array in golden.arrays {
                let count = array.shape.reduce(1, *)
                let values = array.values ?? numbers(array.k, count).map { array.offset + array.scale * $0 }
                try #require(values.count == count)
                let start = data.count
                values.map(Float.init).withUnsafeBytes { data.append(contentsOf: $0) }
                header[array.name] = ["dtype": "F32", "shape": array.shape, "data_offsets": [start, data.count]]
            }
            let text = try JSONSerialization.data(withJSONObject: header)
            let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Foundation.Data($0) }
            try (length + text + data).write(to: URL(fileURLWithPath: path))
        }

        private func writeBatch(_ golden: Golden, to path: String) throws {
            let file = try HDF5File.create(path)
            func write(_ name: String, _ k: UInt32, _ shape: [Int]) throws {
                try file.root.write(numbers(k, shape.reduce(1, *)).map(Float.init), to: name, shape: shape)
            }
            try write("images", 2001, [4 * golden.quadruples, golden.size, golden.size, 3])
            for (place, pair) in ["rs", "sc", "cf"].enumerated() {
                try write(
                    "noise_" + pair, 2002 + UInt32(place), [golden.quadruples, golden.side, golden.side, golden.channels])
                try file.root.write(try #require(golden.lambdas[pair]), to: "lambda_" + pair, shape: [golden.quadruples])
            }
            try file.close()
        }

        @Test(arguments: [0, 2]) func lossesAndGradientsAreThoseOfPyTorch(ranks: Int) throws {
            let place = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracle/golden_step.json")
            let golden = try JSONDecoder().decode(Golden.self, from: Foundation.Data(contentsOf: place))
            try withTemporaryFolder { folder in
                let (weights, batch, out) = ("\(folder)/w.safetensors", "\(folder)/batch.h5", "\(folder)/out.h5")
                try writeWeights(golden, to: weights)
                try writeBatch(golden, to: batch)
                let arguments = [
                    "verify-step", "--weights", weights, "--batch", batch, "--out", out, "--arch", "prodet-tiny", "--threads", "1",
                ]
                let result = try ranks == 0
                    ? blendway(arguments)
                    : runUnderMPI(ranks: ranks, executable: builtProgram("blendway"), arguments: arguments)
                try #require(result.status == 0, "\(result)")
                let file = try HDF5File.open(out)
                func values(_ name: String) throws -> [Double] {
                    let dataset = try file.root.dataset(name)
                    return dataset.elementType == .float64
                        ? try dataset.read(as: Double.self) : try dataset.read(as: Float.self).map(Double.init)
                }

                for (name, loss) in golden.losses {
                    let ours = try #require(values("losses/" + name).first)
                    #expect(abs(ours - loss) < 1e-5 * loss, "\(name): \(ours), not \(loss)")
                }
                for (name, logits) in golden.logits {
                    let ours = try values("logits/" + name)
                    try #require(ours.count == logits.count)
                    for (a, b) in zip(ours, logits) { #expect(abs(a - b) < 2e-5, "\(name)") }
                }
                expectClose(summary(0, try values("features")), golden.features, 1e-5, 0, "features")
                // What is zero in theory is rounding, of the size of the others.
                for array in golden.arrays {
                    if let expected = golden.gradients[array.name] {
                        expectClose(summary(array.k, try values("gradients/" + array.name)), expected, 1e-4, 1e-6, array.name)
                    } else {
                        let expected = try #require(golden.buffers[array.name], "\(array.name)")
                        expectClose(summary(array.k, try values("buffers/" + array.name)), expected, 1e-5, 1e-6, array.name)
                    }
                }
                #expect(golden.gradients.count == 177 && golden.gradients.count + golden.buffers.count == golden.arrays.count)
            }
        }

        /// The norm, and two products that are at most about as large.
        private func expectClose(_ ours: [Double], _ golden: [Double], _ relative: Double, _ absolute: Double, _ name: String) {
            let bound = relative * golden[0] + absolute
            for (a, b) in zip(ours, golden) { #expect(abs(a - b) < bound, "\(name): \(ours), not \(golden)") }
        }
    }
}
