// WireTests.swift — bfloat16 on the wire against a plain twin.

import CKernels
import Testing

@Suite struct WireTests {
    /// To the nearest number whose lower half is zero, by comparing both neighbours; ties to even.
    private func plain(_ x: Float) -> Float {
        guard x.isFinite else { return x }
        let down = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
        let up = Float(bitPattern: (x.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
        let (below, above) = (abs(Double(x) - Double(down)), abs((up.isFinite ? Double(up) : (down < 0 ? -0x1p128 : 0x1p128)) - Double(x)))
        if below != above { return below < above ? down : up }
        return down.bitPattern & 0x1_0000 == 0 ? down : up
    }

    private static let special: [Float] = [
        0, -0.0, 1, -1, 1.00390625, 1.01171875, 3.3895314e38, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        .leastNonzeroMagnitude, 1e-40, .infinity, -.infinity, .nan, Float(bitPattern: 0x7F80_0001), 0.1, -0.3,
    ]

    @Test func compressionRoundsToNearestEvenAndKeepsTheLoss() {
        var random = SystemIndependentNumbers()
        let values = Self.special + (0..<4001).map { _ in random.next() }
        let before = (0..<values.count).map { $0 % 3 == 0 ? 0 : random.next() * 1e-3 }
        var residual = before
        var wire = [UInt16](repeating: 0, count: values.count)
        bw_bf16_compress(values.count, values, &residual, &wire)
        var back = [Float](repeating: 7, count: values.count)
        bw_bf16_expand(values.count, wire, &back)
        for i in values.indices {
            let sum = values[i] + before[i]
            let expected = plain(sum)
            #expect(back[i] == expected || back[i].isNaN && expected.isNaN, "\(sum): \(back[i]), not \(expected)")
            let loss = sum - expected
            #expect(residual[i] == (loss.isFinite ? loss : 0), "\(sum) lost \(residual[i])")
        }
        var sum = back
        bw_bf16_accumulate(values.count, wire, &sum, 1)
        for i in sum.indices where back[i].isFinite { #expect(sum[i] == back[i] + back[i]) }
    }

    /// Of many scales, the same everywhere.
    private struct SystemIndependentNumbers {
        var state: UInt64 = 42
        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let exponent = Int((state >> 20) % 40) - 20
            return (Float(Int64(bitPattern: state) >> 40) * 0x1p-23) * Float(sign: .plus, exponent: exponent, significand: 1)
        }
    }
}
