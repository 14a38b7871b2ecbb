// InferenceKernelTests.swift — the kernels of nn_inference.h against plain loops, at odd sizes, between
// guards: a number read or written outside of a buffer is seen.

import CKernels
import Foundation
import Model
import Testing

@Suite struct InferenceKernelTests {
    static let channels = [1, 3, 24, 40, 113]
    static let maps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]

    private func numbers(_ count: Int, _ sample: Int) -> [Float] { GradientCheck.random(count, sample: sample) }

    /// Memory with guards of NaN around that must not change; NaN that is read spoils the result.
    private final class Guarded {
        private let all: UnsafeMutableBufferPointer<Float>
        private let count: Int
        private static let guardSize = 64
        var data: UnsafeMutablePointer<Float> { all.baseAddress! + Self.guardSize }
        var values: [Double] { (0..<count).map { Double(data[$0]) } }

        init(_ values: [Float]) {
            count = values.count
            all = .allocate(capacity: count + 2 * Self.guardSize)
            all.initialize(repeating: .nan)
            data.update(from: values, count: count)
        }

        convenience init(count: Int) { self.init([Float](repeating: .nan, count: count)) }

        deinit { all.deallocate() }

        func expectGuardsIntact(_ name: String) {
            let inside = Self.guardSize..<Self.guardSize + count
            let spoilt = all.indices.filter { !inside.contains($0) && !all[$0].isNaN }
            #expect(spoilt.isEmpty, "\(name) wrote outside of its buffer")
        }
    }

    private func depthwise(h: Int, w: Int, c: Int, window: PlainWindow, samples: Int, bands: Int) {
        let (ho, wo) = (window.output(h), window.output(w))
        guard ho > 0 && wo > 0 else { return }
        let name = "\(window), \(c) channels, \(h)×\(w)"
        let weight = numbers(window.kernel * window.kernel * c, 1)
        let bias = numbers(c, 2)
        let guardedWeight = Guarded(weight)
        let guardedBias = Guarded(bias)
        var tile = bw_depthwise_tile(
            h: Int32(h), w: Int32(w), wo: Int32(wo), k: Int32(window.kernel), stride: Int32(window.stride),
            pad_top: Int32(window.padding.before), pad_left: Int32(window.padding.before), c: Int32(c),
            x_pixel: c, y_pixel: c, w_tap: c)
        for sample in 0..<samples {
            let x = PlainMap.random(n: 1, h: h, w: w, c: c, sample: 3 + sample)
            var expected = PlainConvolutions.depthwise(x, weight.map(Double.init), window)
            for i in expected.values.indices {
                expected.values[i] = PlainActivations.silu(expected.values[i] + Double(bias[i % c]))
            }
            let y = Guarded(count: ho * wo * c)
            let sums = Guarded([Float](repeating: 0, count: c))
            for band in 0..<bands {
                let (first, last) = (ho * band / bands, ho * (band + 1) / bands)
                // Only the lines that the band needs, in memory of their own.
                let from = max(0, first * window.stride - window.padding.before)
                let to = max(from, min(h, (last - 1) * window.stride - window.padding.before + window.kernel))
                let lines = Guarded(x.values[from * w * c..<to * w * c].map { Float($0) })
                bw_depthwise_silu(
                    &tile, lines.data, Int32(from), guardedWeight.data, guardedBias.data,
                    y.data + first * wo * c, Int32(first), Int32(last), sums.data)
            }
            expectEqual(y.values, expected.values, tolerance: 2e-6, name)
            let plainSums = (0..<c).map { channel in
                stride(from: channel, to: expected.values.count, by: c).reduce(0.0) { $0 + expected.values[$1] }
            }
            expectEqual(sums.values, plainSums, tolerance: 1e-5, name + ", sums")
            y.expectGuardsIntact(name)
            sums.expectGuardsIntact(name)
        }
    }

    @Test(arguments: LayerForwardTests.windows, channels)
    func theDepthwiseTileEqualsItsPlainTwin(window: PlainWindow, channels: Int) {
        for size in Self.maps { depthwise(h: size, w: size, c: channels, window: window, samples: 1, bands: 1) }
        depthwise(h: 6, w: 13, c: channels, window: window, samples: 3, bands: 2)
        depthwise(h: 17, w: 9, c: channels, window: window, samples: 2, bands: 3)
    }

    @Test func theDepthwiseTileEqualsItsPlainTwinOnALargeMap() {
        for window in LayerForwardTests.windows where window.padding.before == 1 {
            depthwise(h: 127, w: 127, c: 24, window: window, samples: 1, bands: 5)
        }
    }

    /// Channels of a wider map, from and to the middle of its pixels.
    @Test func aTileOfSomeChannelsLeavesTheOthersAlone() {
        let (h, w, wide, c, first) = (6, 7, 41, 24, 9)
        let window = PlainWindow(kernel: 3, stride: 1, before: 1, after: 1)
        let x = PlainMap.random(n: 1, h: h, w: w, c: wide, sample: 1)
        let weight = numbers(9 * wide, 2)
        let bias = numbers(wide, 3)
        let plain = PlainConvolutions.depthwise(x, weight.map(Double.init), window)
        var tile = bw_depthwise_tile(
            h: Int32(h), w: Int32(w), wo: Int32(w), k: 3, stride: 1, pad_top: 1, pad_left: 1, c: Int32(c),
            x_pixel: wide, y_pixel: wide, w_tap: wide)
        let input = Guarded(x.values.map { Float($0) })
        let y = Guarded([Float](repeating: 7, count: h * w * wide))
        var sums = [Float](repeating: 0, count: c)
        weight.withUnsafeBufferPointer { weight in
            bias.withUnsafeBufferPointer { bias in
                bw_depthwise_silu(
                    &tile, input.data + first, 0, weight.baseAddress! + first, bias.baseAddress! + first,
                    y.data + first, 0, Int32(h), &sums)
            }
        }
        let expected = plain.values.enumerated().map { i, value in
            (first..<first + c).contains(i % wide) ? PlainActivations.silu(value + Double(bias[i % wide])) : 7
        }
        expectEqual(y.values, expected, tolerance: 2e-6, "tile")
        y.expectGuardsIntact("tile")
    }

    @Test(arguments: channels, [1, 2, 6, 28, 33])
    func theGateEqualsItsPlainTwin(c: Int, squeezed: Int) {
        for parts in 1...3 {
            let sums = Guarded(numbers(parts * c, 1))
            let (w1, b1) = (Guarded(numbers(squeezed * c, 2)), Guarded(numbers(squeezed, 3)))
            let (w2, b2) = (Guarded(numbers(squeezed * c, 4)), Guarded(numbers(c, 5)))
            let (mean, hidden, gate) = (Guarded(count: c), Guarded(count: squeezed), Guarded(count: c))
            bw_squeeze_gate(
                sums.data, Int32(parts), 0.25, w1.data, b1.data, w2.data, b2.data, mean.data, hidden.data,
                gate.data, Int32(c), Int32(squeezed))
            let plainMean = (0..<c).map { j in (0..<parts).reduce(0.0) { $0 + sums.values[$1 * c + j] } * 0.25 }
            let plainHidden = (0..<squeezed).map { i in
                PlainActivations.silu((0..<c).reduce(b1.values[i]) { $0 + w1.values[i * c + $1] * plainMean[$1] })
            }
            let plainGate = (0..<c).map { j in
                PlainActivations.sigmoid(
                    (0..<squeezed).reduce(b2.values[j]) { $0 + w2.values[$1 * c + j] * plainHidden[$1] })
            }
            expectEqual(gate.values, plainGate, tolerance: 1e-5, "gate of \(c)")
            for buffer in [mean, hidden, gate] { buffer.expectGuardsIntact("gate of \(c)") }
        }
    }

    @Test(arguments: channels) func scalingOfRowsEqualsItsPlainTwin(c: Int) {
        for rows in [0, 1, 5] {
            let (x, scale, y) = (Guarded(numbers(rows * c, 1)), Guarded(numbers(rows, 2)), Guarded(count: rows * c))
            bw_row_scale(x.data, scale.data, y.data, Int32(rows), Int32(c))
            expectEqual(y.values, (0..<rows * c).map { Double(Float(x.values[$0]) * Float(scale.values[$0 / c])) })
            y.expectGuardsIntact("row scale")
        }
    }
}
