// TwinKernelTests.swift — the small kernels against plain loops, at lengths around the vector widths.

import CKernels
import Foundation
import Model
import Testing

@Suite struct TwinKernelTests {
    static let counts = [0, 1, 7, 8, 15, 16, 17, 33, 1000]

    private func numbers(_ count: Int, _ sample: Int) -> [Float] { GradientCheck.random(count, sample: sample) }

    /// Largest difference, on the scale of 1.
    private func expectNear(
        _ values: [Float], _ expected: [Double], tolerance: Double = 1e-6,
        _ location: SourceLocation = #_sourceLocation
    ) {
        expectEqual(values.map(Double.init), expected, tolerance: tolerance, "kernel", location)
    }

    // MARK: Functions

    /// Every float32 on a fine sweep, and the relative error, which shows e^x in the left tail.
    @Test func sigmoidIsAccurateOverItsWholeRange() {
        let inputs = stride(from: Float(-86), through: 90, by: 0.00173).map { $0 }
        var outputs = inputs
        bw_sigmoid_forward(&outputs, outputs.count)
        var worst = 0.0
        for (x, y) in zip(inputs, outputs) {
            let expected = PlainActivations.sigmoid(Double(x))
            worst = max(worst, abs(Double(y) - expected) / expected)
        }
        #expect(worst < 3.5e-7, "relative error \(worst)")
    }

    @Test func sigmoidIsTameAtTheEnds() {
        var x: [Float] = [-.infinity, -1e30, -1000, -89, 89, 1000, .infinity, .nan, 0, -0.0]
        bw_sigmoid_forward(&x, x.count)
        #expect(x[0..<4].allSatisfy { $0 >= 0 && $0 < 1e-37 })
        #expect(x[4..<7].allSatisfy { $0 == 1 })
        #expect(x[7].isNaN)
        #expect(x[8] == 0.5 && x[9] == 0.5)
    }

    @Test func sigmoidNeverFallsNorLeavesItsRange() {
        // Around the places where the exponent's integer part changes.
        var x = (-4000...4000).map { Float($0) * 0.005 }
        bw_sigmoid_forward(&x, x.count)
        #expect(x.allSatisfy { $0 >= 0 && $0 <= 1 })
        let falls = zip(x, x.dropFirst()).filter { $1 < $0 - 1e-7 }
        #expect(falls.isEmpty)
    }

    @Test(arguments: counts) func activationsEqualTheirPlainTwins(count: Int) {
        let (x, dy) = (numbers(count, 1).map { 4 * $0 }, numbers(count, 2))
        let (xd, dyd) = (x.map(Double.init), dy.map(Double.init))
        var y = [Float](repeating: 0, count: count)
        bw_silu_forward(x, &y, count)
        expectNear(y, xd.map(PlainActivations.silu))
        var d = dy
        bw_silu_backward(x, &d, count)
        expectNear(d, zip(xd, dyd).map { PlainActivations.siluSlope($0) * $1 })
        y = x
        bw_sigmoid_forward(&y, count)
        d = dy
        bw_sigmoid_backward(y, &d, count)
        expectNear(y, xd.map(PlainActivations.sigmoid))
        expectNear(d, zip(xd, dyd).map { PlainActivations.sigmoid($0) * (1 - PlainActivations.sigmoid($0)) * $1 })
        y = x
        bw_leaky_relu_forward(&y, count, 0.01)
        d = dy
        bw_leaky_relu_backward(y, &d, count, 0.01)
        expectNear(y, xd.map(PlainActivations.leaky))
        expectNear(d, zip(xd, dyd).map { $0 > 0 ? $1 : 0.01 * $1 })
    }

    @Test(arguments: counts) func theSigmoidGateEqualsItsPlainTwin(count: Int) {
        let (x, g, dy, dx) = (numbers(count, 1), numbers(count, 2), numbers(count, 3), numbers(count, 4))
        var (gate, y) = (g, [Float](repeating: 0, count: count))
        bw_sigmoid_gate_forward(x, &gate, &y, count)
        let plain = g.map { PlainActivations.sigmoid(Double($0)) }
        expectNear(gate, plain)
        expectNear(y, zip(x, plain).map { Double($0) * $1 })
        var (d, sum) = (dy, dx)
        bw_sigmoid_gate_backward(x, gate, &d, &sum, count)
        expectNear(sum, (0..<count).map { Double(dx[$0]) + Double(dy[$0]) * plain[$0] })
        expectNear(d, (0..<count).map { Double(dy[$0]) * Double(x[$0]) * plain[$0] * (1 - plain[$0]) })
    }

    @Test(arguments: counts) func sumsAndMixturesEqualTheirPlainTwins(count: Int) {
        let (x, z) = (numbers(count, 1), numbers(count, 2))
        var y = z
        bw_add_scaled(&y, x, count, 0.3)
        expectNear(y, (0..<count).map { Double(z[$0]) + 0.3 * Double(x[$0]) })
        bw_scale(&y, x, count, -1.7)
        expectNear(y, x.map { -1.7 * Double($0) })
        bw_mix(&y, 0.25, x, -2, z, count)
        expectNear(y, (0..<count).map { 0.25 * Double(x[$0]) - 2 * Double(z[$0]) })
    }

    @Test(arguments: [(0, 5), (1, 1), (3, 7), (40, 16), (33, 70)])
    func biasesEqualTheirPlainTwins(rows: Int, c: Int) {
        let (x, bias) = (numbers(rows * c, 1), numbers(c, 2))
        var y = x
        bw_add_bias(&y, bias, rows, Int32(c))
        expectNear(y, x.indices.map { Double(x[$0]) + Double(bias[$0 % c]) })
        var gradient = bias
        bw_bias_gradient(x, &gradient, rows, Int32(c))
        let plain = (0..<c).map { column in
            (0..<rows).reduce(Double(bias[column])) { $0 + Double(x[$1 * c + column]) }
        }
        expectNear(gradient, plain, tolerance: 3e-6)
    }

    @Test func pixelsAreScaledAsThePublishedConfigurationWants() {
        // Mean 0.5 and deviation 0.5: scale 2, shift −1. All 256 values, at an odd length.
        let bytes = (0..<1021).map { UInt8(truncatingIfNeeded: $0) }
        var y = [Float](repeating: 0, count: bytes.count)
        bw_normalize_bytes(bytes, &y, bytes.count, 2, -1)
        expectNear(y, bytes.map { (Double($0) / 255 - 0.5) / 0.5 }, tolerance: 2e-7)
        #expect(y[0] == -1)
    }

    @Test(arguments: [1, 3, 15, 16, 17, 64, 131]) func oneBadNumberIsFoundAnywhere(count: Int) {
        let good: [Float] = (0..<count).map { [.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude, -1][$0 % 4] }
        #expect(bw_all_finite(good, count) == 1)
        for place in 0..<count {
            for bad in [Float.nan, .infinity, -.infinity] {
                var x = good
                x[place] = bad
                #expect(bw_all_finite(x, count) == 0)
            }
        }
        #expect(bw_all_finite(good, 0) == 1)
    }

    // MARK: Maps

    @Test(arguments: [(1, 1), (3, 7), (20, 64), (65, 70)]) func poolingEqualsItsPlainTwin(pixels: Int, c: Int) {
        let x = PlainMap.random(n: 1, h: 1, w: pixels, c: c, sample: 1)
        let values = x.values.map { Float($0) }
        var mean = [Float](repeating: .nan, count: c)
        bw_pool_forward(values, &mean, Int32(pixels), Int32(c))
        expectNear(mean, PlainSqueezeExcite.pool(x).values, tolerance: 3e-6)
        let d = numbers(c, 2)
        var dx = values
        bw_pool_backward(d, &dx, Int32(pixels), Int32(c))
        expectNear(dx, values.indices.map { Double(values[$0]) + Double(d[$0 % c]) / Double(pixels) })
    }

    @Test(arguments: [(1, 1), (3, 7), (20, 64), (65, 70)]) func channelScalesEqualTheirPlainTwins(pixels: Int, c: Int) {
        let (x, dy) = (numbers(pixels * c, 1), numbers(pixels * c, 2))
        let (scale, offset) = (numbers(c, 3), numbers(c, 4))
        var y = x
        bw_channel_scale(x, scale, &y, Int32(pixels), Int32(c))
        expectNear(y, x.indices.map { Double(x[$0]) * Double(scale[$0 % c]) })
        var dScale = [Float](repeating: .nan, count: c)
        bw_channel_scale_gradient(x, dy, &dScale, Int32(pixels), Int32(c))
        let plain = (0..<c).map { column in
            (0..<pixels).reduce(0.0) { $0 + Double(x[$1 * c + column]) * Double(dy[$1 * c + column]) }
        }
        expectNear(dScale, plain, tolerance: 3e-6)
        var dx = dy
        bw_channel_scale_backward(&dx, scale, offset, Int32(pixels), Int32(c))
        expectNear(dx, x.indices.map { Double(dy[$0]) * Double(scale[$0 % c]) + Double(offset[$0 % c]) })
    }

    @Test(arguments: [(0, 5), (1, 1), (31, 7), (32, 64), (65, 70), (200, 130)])
    func batchNormSumsEqualTheirPlainTwins(rows: Int, c: Int) {
        let x = numbers(rows * c, 1)
        // Sums are added to what is there.
        var (sum, square) = ([Double](repeating: 5, count: c), [Double](repeating: -3, count: c))
        bw_bn_sums(x, rows, Int32(c), &sum, &square)
        var (plainSum, plainSquare) = ([Double](repeating: 5, count: c), [Double](repeating: -3, count: c))
        for i in x.indices {
            plainSum[i % c] += Double(x[i])
            plainSquare[i % c] += Double(x[i]) * Double(x[i])
        }
        expectEqual(sum, plainSum, tolerance: 2e-6)
        expectEqual(square, plainSquare, tolerance: 2e-6)
    }

    /// The patches of some rows by the definition, and the sum back as its transpose.
    @Test(arguments: LayerForwardTests.windows) func patchesEqualTheirPlainTwins(window: PlainWindow) {
        let x = PlainMap.random(n: 2, h: 6, w: 7, c: 3, sample: 1)
        let (k, ho, wo) = (window.kernel, window.output(6), window.output(7))
        let patch = k * k * 3
        var plain = [Double](repeating: 0, count: 2 * ho * wo * patch)
        window.forEachTap(x) { n, out, tap, from in
            for c in 0..<3 {
                plain[((n * ho + out.y) * wo + out.x) * patch + (tap.y * k + tap.x) * 3 + c] = x[n, from.y, from.x, c]
            }
        }
        let rows = 2 * ho * wo
        for range in [0..<rows, rows / 3..<rows - 1] where !range.isEmpty {
            var columns = [Float](repeating: .nan, count: range.count * patch)
            bw_im2col(
                x.values.map { Float($0) }, &columns, range.lowerBound, range.upperBound, 6, 7, 3, Int32(k),
                Int32(window.stride), Int32(window.padding.before), Int32(window.padding.before), Int32(ho), Int32(wo))
            let expected = plain[range.lowerBound * patch..<range.upperBound * patch]
            #expect(columns.map(Double.init) == Array(expected), "\(window), rows \(range)")
        }
        // ⟨columns(x), d⟩ = ⟨x, sum back(d)⟩ for one sample.
        let d = numbers(ho * wo * patch, 9)
        var back = [Float](repeating: 0, count: 6 * 7 * 3)
        bw_col2im(
            d, &back, 6, 7, 3, Int32(k), Int32(window.stride), Int32(window.padding.before),
            Int32(window.padding.before), Int32(ho), Int32(wo))
        let left = (0..<d.count).reduce(0.0) { $0 + plain[$1] * Double(d[$1]) }
        let right = back.indices.reduce(0.0) { $0 + x.values[$1] * Double(back[$1]) }
        #expect(abs(left - right) <= 1e-4 * max(1, abs(left)))
    }
}
