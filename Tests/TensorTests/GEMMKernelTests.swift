// GEMMKernelTests.swift — the own product on every instruction set against the plain one: odd sizes,
// packed and not, epilogues, cuts. Operands end at memory that may not be touched.

import CKernels
import Tensor
import Testing

import Glibc

@Suite(.serialized) struct GEMMKernelTests {
    /// The kernels' instruction sets; what the processor lacks falls back to the next lower one.
    static let levels: [Int32] = [0, 1, 2]

    static let sizes = [
        GEMMSize(1, 1, 1), GEMMSize(3, 3, 1), GEMMSize(7, 24, 3), GEMMSize(13, 40, 24),
        GEMMSize(97, 113, 40), GEMMSize(25, 56, 113), GEMMSize(31, 17, 300), GEMMSize(5, 65, 520),
        GEMMSize(4, 24, 0), GEMMSize(0, 3, 5), GEMMSize(3, 0, 5),
    ]

    /// Σ a·b of one element in double, and Σ |a·b|, by which rounding is judged.
    private func plain(
        _ size: GEMMSize, _ row: Int, _ column: Int, _ a: GuardedFloats, aTransposed: Bool,
        _ b: GuardedFloats, bTransposed: Bool
    ) -> (sum: Double, size: Double) {
        var (sum, magnitude) = (0.0, 0.0)
        for q in 0..<size.k {
            let x = Double(a.data[aTransposed ? q * size.m + row : row * size.k + q])
            let y = Double(b.data[bTransposed ? column * size.k + q : q * size.n + column])
            sum += x * y
            magnitude += abs(x * y)
        }
        return (sum, magnitude)
    }

    private enum Form: CaseIterable { case packed, packedTransposed, unpacked, sumOverRows }

    private func multiply(
        _ form: Form, _ s: GEMMSize, _ a: GuardedFloats, _ b: GuardedFloats, beta: Int32,
        _ c: GuardedFloats, parts: Int32 = 3
    ) {
        switch form {
        case .packed, .packedTransposed:
            let packed = GuardedFloats(bw_gemm_packed_count(0, s.n, s.k), sample: 9)
            for part in 0..<parts {
                bw_gemm_pack(
                    0, b.data, form == .packed ? s.n : s.k, form == .packed ? 0 : 1, s.n, s.k, packed.data, part,
                    parts)
            }
            bw_gemm_packed(0, s.m, s.n, s.k, a.data, s.k, packed.data, beta, c.data, s.n, nil)
        case .unpacked:
            bw_gemm_nn(0, s.m, s.n, s.k, a.data, s.k, b.data, s.n, beta, c.data, s.n)
        case .sumOverRows:
            bw_gemm_tn(0, s.m, s.n, s.k, a.data, s.m, b.data, s.n, beta, c.data, s.n)
        }
    }

    @Test(arguments: levels, sizes) func everyFormEqualsThePlainProduct(level: Int32, size: GEMMSize) {
        bw_gemm_limit(level)
        defer { bw_gemm_limit(Int32(BW_GEMM_ALL)) }
        let a = GuardedFloats(size.m * size.k, sample: 1)
        let b = GuardedFloats(size.k * size.n, sample: 2)
        for form in Form.allCases {
            for beta: Int32 in [0, 1] {
                let c = GuardedFloats(size.m * size.n, sample: 3)
                let before = c.values
                if beta == 0 { for i in 0..<c.count { c.data[i] = .nan } }
                multiply(form, size, a, b, beta: beta, c)
                var worst = 0.0
                for row in 0..<size.m {
                    for column in 0..<size.n {
                        let expected = plain(
                            size, row, column, a, aTransposed: form == .sumOverRows, b,
                            bTransposed: form == .packedTransposed)
                        let old = beta == 0 ? 0 : Double(before[row * size.n + column])
                        let error = abs(Double(c.data[row * size.n + column]) - expected.sum - old)
                        let ratio = error / (1e-6 + expected.size + abs(old))
                        worst = ratio.isNaN ? .infinity : max(worst, ratio)
                    }
                }
                #expect(worst < 2e-6, "\(form) \(size), β \(beta): off by \(worst)")
            }
        }
    }

    @Test(arguments: levels) func cutsChangeNoBit(level: Int32) {
        bw_gemm_limit(level)
        defer { bw_gemm_limit(Int32(BW_GEMM_ALL)) }
        let size = GEMMSize(101, 72, 600)
        let a = GuardedFloats(size.m * size.k, sample: 1)
        let b = GuardedFloats(size.k * size.n, sample: 2)
        let packed = GuardedFloats(bw_gemm_packed_count(0, size.n, size.k), sample: 9)
        bw_gemm_pack(0, b.data, size.n, 0, size.n, size.k, packed.data, 0, 1)
        let whole = GuardedFloats(size.m * size.n, sample: 3)
        bw_gemm_packed(0, size.m, size.n, size.k, a.data, size.k, packed.data, 0, whole.data, size.n, nil)
        let pieces = GuardedFloats(size.m * size.n, sample: 4)
        for (first, last) in [(0, 1), (1, 30), (30, 101)] {
            bw_gemm_packed(
                0, last - first, size.n, size.k, a.data + first * size.k, size.k, packed.data, 0,
                pieces.data + first * size.n, size.n, nil)
        }
        #expect(whole.values == pieces.values)
        for (first, last) in [(0, 5), (5, 40), (40, 72)] {
            bw_gemm_nn(
                0, size.m, last - first, size.k, a.data, size.k, b.data + first, size.n, 0, pieces.data + first,
                size.n)
        }
        #expect(whole.values == pieces.values)
    }

    @Test(arguments: levels, [Int32(BW_ACT_NONE), Int32(BW_ACT_SILU), Int32(BW_ACT_RELU), Int32(BW_ACT_LEAKY_RELU)])
    func theEpilogueIsWhatComesAfterwards(level: Int32, activation: Int32) {
        bw_gemm_limit(level)
        defer { bw_gemm_limit(Int32(BW_GEMM_ALL)) }
        for size in [GEMMSize(1, 3, 5), GEMMSize(50, 113, 24), GEMMSize(101, 24, 300), GEMMSize(40, 96, 48)] {
            for streams: Int32 in [0, 1] {
                let a = GuardedFloats(size.m * size.k, sample: 1)
                let b = GuardedFloats(size.k * size.n, sample: 2)
                let bias = GuardedFloats(size.n, sample: 5)
                let c = GuardedFloats(size.m * size.n, sample: 3)
                let packed = GuardedFloats(bw_gemm_packed_count(0, size.n, size.k), sample: 9)
                bw_gemm_pack(0, b.data, size.n, 0, size.n, size.k, packed.data, 0, 1)
                bw_gemm_packed(0, size.m, size.n, size.k, a.data, size.k, packed.data, 0, c.data, size.n, nil)
                let product = c.values
                var sum = [Double](repeating: 1, count: size.n)
                var square = [Double](repeating: 2, count: size.n)
                sum.withUnsafeMutableBufferPointer { sum in
                    square.withUnsafeMutableBufferPointer { square in
                        var epilogue = bw_gemm_epilogue(
                            bias: bias.data, activation: activation, slope: 0.125, sum: sum.baseAddress,
                            square: square.baseAddress, streams: streams)
                        bw_gemm_packed(
                            0, size.m, size.n, size.k, a.data, size.k, packed.data, 0, c.data, size.n, &epilogue)
                    }
                }
                var expectedSum = [Double](repeating: 1, count: size.n)
                var expectedSquare = [Double](repeating: 2, count: size.n)
                for (place, value) in product.enumerated() {
                    let z = Double(value) + Double(bias.data[place % size.n])
                    let y =
                        switch activation {
                        case Int32(BW_ACT_SILU): z / (1 + exp(-z))
                        case Int32(BW_ACT_RELU): max(z, 0)
                        case Int32(BW_ACT_LEAKY_RELU): z < 0 ? z * 0.125 : z
                        default: z
                        }
                    #expect(abs(Double(c.data[place]) - y) < 1e-6 * (1 + abs(z)), "\(size) at \(place)")
                    expectedSum[place % size.n] += Double(c.data[place])
                    expectedSquare[place % size.n] += Double(c.data[place]) * Double(c.data[place])
                }
                for column in 0..<size.n {
                    #expect(abs(sum[column] - expectedSum[column]) < 1e-4)
                    #expect(abs(square[column] - expectedSquare[column]) < 1e-5 * expectedSquare[column])
                }
            }
        }
    }
}
