// BF16ProductTests.swift — products of numbers rounded to bfloat16: the processor's against the exact model to
// the bit, AMX's loops against it to a bound, the model against the definition. Operands end at memory that may
// not be touched.

import CKernels
import Tensor
import Testing

@Suite(.serialized) struct BF16ProductTests {
    private static let bf16 = Int32(BW_PRODUCTS_BF16)
    private static let model = Int32(BW_PRODUCTS_BF16_MODEL)
    private static let tiles = Int32(BW_PRODUCTS_AMX_MODEL)

    /// Whether this processor's vectors multiply bfloat16 numbers; AMX rounds otherwise.
    static let hasVectors = Products(.bf16).name == "avx512_bf16"
    static let hasNone = !Products(.bf16).isRounded

    static let sizes = GEMMKernelTests.sizes + [
        // Every tail: rows, columns and depth beside multiples of tiles and blocks.
        GEMMSize(12, 16, 2), GEMMSize(11, 15, 1), GEMMSize(16, 32, 32), GEMMSize(17, 33, 31), GEMMSize(33, 48, 65),
        GEMMSize(95, 64, 255), GEMMSize(96, 80, 256), GEMMSize(97, 81, 257), GEMMSize(193, 193, 259),
        GEMMSize(2, 400, 513),
    ]

    private enum Form: CaseIterable { case packed, packedTransposed, unpacked, sumOverRows }

    private func multiply(
        _ kind: Int32, _ form: Form, _ s: GEMMSize, _ a: GuardedFloats, _ b: GuardedFloats, beta: Int32, _ c: GuardedFloats
    ) {
        switch form {
        case .packed, .packedTransposed:
            let packed = GuardedFloats(bw_gemm_packed_count(kind, s.n, s.k), sample: 9)
            for part: Int32 in 0..<3 {
                bw_gemm_pack(
                    kind, b.data, form == .packed ? s.n : s.k, form == .packed ? 0 : 1, s.n, s.k, packed.data, part, 3)
            }
            bw_gemm_packed(kind, s.m, s.n, s.k, a.data, s.k, packed.data, beta, c.data, s.n, nil)
        case .unpacked:
            bw_gemm_nn(kind, s.m, s.n, s.k, a.data, s.k, b.data, s.n, beta, c.data, s.n)
        case .sumOverRows:
            bw_gemm_tn(kind, s.m, s.n, s.k, a.data, s.m, b.data, s.n, beta, c.data, s.n)
        }
    }

    /// Bits, with one for all that are no numbers: which NaN comes out of several is not said.
    private func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern } }

    /// Any number: subnormal, infinite and no number among them.
    private func wild(_ count: Int, sample: Int) -> [Float] {
        var random = Philox(seed: 43, stream: .test, sample: sample)
        return (0..<count).map { _ in
            let bits = random.next32()
            return switch bits % 8 {
            case 0: Float(bitPattern: bits)
            case 1: Float(bitPattern: bits & 0x80FF_FFFF)
            case 2: [Float.infinity, -.infinity, .nan, 0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude][Int(bits >> 8) % 7]
            default: random.uniform(-4, 4)
            }
        }
    }

    // MARK: Rounding and the step of the model

    @Test func roundingIsToNearestEven() {
        #expect(bw_bf16_round(1) == 0x3F80)
        #expect(bw_bf16_round(-2.5) == 0xC020)
        // Halves between two numbers: to the even one. A little more, and it is the upper one.
        #expect(bw_bf16_round(Float(bitPattern: 0x3F80_8000)) == 0x3F80)
        #expect(bw_bf16_round(Float(bitPattern: 0x3F81_8000)) == 0x3F82)
        #expect(bw_bf16_round(Float(bitPattern: 0x3F80_8001)) == 0x3F81)
        // Beyond the largest number lies infinity.
        #expect(bw_bf16_round(.greatestFiniteMagnitude) == 0x7F80)
        #expect(bw_bf16_round(.infinity) == 0x7F80 && bw_bf16_round(-.infinity) == 0xFF80)
        // NaN stays NaN, even if only its lower bits say so.
        #expect(bw_bf16_round(Float(bitPattern: 0x7F80_0001)) == 0x7FC0)
        #expect(bw_bf16_round(.leastNonzeroMagnitude) == 0 && bw_bf16_round(-Float.leastNonzeroMagnitude) == 0x8000)
        #expect(bw_bf16_round(.leastNormalMagnitude) == 0x0080)
    }

    @Test func aStepAddsTheUpperProductFirstAndFlushesWhatIsSubnormal() {
        func word(_ upper: Float, _ lower: Float) -> UInt32 {
            UInt32(bw_bf16_round(upper)) << 16 | UInt32(bw_bf16_round(lower))
        }
        #expect(bw_bf16_multiply_add(1, word(2, 3), word(5, 7)) == 32)
        // 2³⁰ + 1 − 2³⁰ is 0 if the 1 comes in between, and it does not if it comes first.
        let large: Float = 0x1p30
        #expect(bw_bf16_multiply_add(large, word(1, -large), word(1, 1)) == 0)
        #expect(bw_bf16_multiply_add(large, word(-large, 1), word(1, 1)) == 1)
        // 2⁻⁷⁰ · 2⁻⁷⁰ is no normal number: zero, as is a subnormal sum that goes in.
        #expect(bw_bf16_multiply_add(0, word(0x1p-70, 0), word(0x1p-70, 0)) == 0)
        #expect(bw_bf16_multiply_add(.leastNonzeroMagnitude, 0, 0) == 0)
        // But a product that is too small for itself counts beside a normal sum.
        let least = Float.leastNormalMagnitude
        #expect(bw_bf16_multiply_add(least, word(0x1p-70, 0), word(0x1p-70, 0)) == least + 0x1p-140)
    }

    @Test(.enabled(if: hasVectors, "this processor has no AVX512_BF16"))
    func theInstructionIsTheModelOnNumbersOfAllKinds() {
        // One product of k 2 for each pair of words, and sums of several.
        for (k, rounds) in [(2, 40), (14, 10)] {
            for round in 0..<rounds {
                let (m, n) = (48, 64)
                let a = wild(m * k, sample: 2 * round), b = wild(k * n, sample: 2 * round + 1)
                var c = [Float](repeating: 0, count: m * n)
                bw_gemm_nn(Self.bf16, m, n, k, a, k, b, n, 0, &c, n)
                let expected = (0..<m * n).map { place in
                    (0..<k / 2).reduce(Float(0)) { sum, q in
                        let (row, column) = (place / n, place % n)
                        func word(_ lower: Float, _ upper: Float) -> UInt32 {
                            UInt32(bw_bf16_round(lower)) | UInt32(bw_bf16_round(upper)) << 16
                        }
                        return bw_bf16_multiply_add(
                            sum, word(a[row * k + 2 * q], a[row * k + 2 * q + 1]),
                            word(b[2 * q * n + column], b[(2 * q + 1) * n + column]))
                    }
                }
                #expect(bits(c) == bits(expected), "k \(k), round \(round)")
            }
        }
    }

    // MARK: Makers against the model

    @Test(.enabled(if: hasVectors, "this processor has no AVX512_BF16"), arguments: sizes)
    func theProcessorsProductIsTheModelsToTheBit(size: GEMMSize) {
        for isWild in [false, true] {
            let a = GuardedFloats(size.m * size.k, sample: 1), b = GuardedFloats(size.k * size.n, sample: 2)
            if isWild {
                a.data.update(from: wild(a.count, sample: 1), count: a.count)
                b.data.update(from: wild(b.count, sample: 2), count: b.count)
            }
            for form in Form.allCases {
                for beta: Int32 in [0, 1] {
                    let (c, d) = (GuardedFloats(size.m * size.n, sample: 3), GuardedFloats(size.m * size.n, sample: 3))
                    multiply(Self.bf16, form, size, a, b, beta: beta, c)
                    multiply(Self.model, form, size, a, b, beta: beta, d)
                    #expect(bits(c.values) == bits(d.values), "\(form) \(size), β \(beta), wild \(isWild)")
                }
            }
        }
    }

    /// |error| of k + 1 rounded additions in any order is at most (k + 1) · 2⁻²⁴ · Σ|a·b|, to first order.
    @Test(arguments: [model, tiles], sizes) func everyFormEqualsTheProductOfRoundedNumbers(kind: Int32, size: GEMMSize) {
        let a = GuardedFloats(size.m * size.k, sample: 1), b = GuardedFloats(size.k * size.n, sample: 2)
        func rounded(_ x: Float) -> Double { Double(Float(bitPattern: UInt32(bw_bf16_round(x)) << 16)) }
        for form in Form.allCases {
            for beta: Int32 in [0, 1] {
                let c = GuardedFloats(size.m * size.n, sample: 3)
                let before = c.values
                if beta == 0 { for i in 0..<c.count { c.data[i] = .nan } }
                multiply(kind, form, size, a, b, beta: beta, c)
                var worst = 0.0
                for row in 0..<size.m {
                    for column in 0..<size.n {
                        var (sum, magnitude) = (0.0, 0.0)
                        for q in 0..<size.k {
                            let x = rounded(a.data[form == .sumOverRows ? q * size.m + row : row * size.k + q])
                            let y = rounded(
                                b.data[form == .packedTransposed ? column * size.k + q : q * size.n + column])
                            sum += x * y
                            magnitude += abs(x * y)
                        }
                        let old = beta == 0 ? 0 : Double(before[row * size.n + column])
                        let error = abs(Double(c.data[row * size.n + column]) - sum - old)
                        let ratio = error / (Double(size.k + 2) * 0x1p-24 * (magnitude + abs(old)) + 1e-30)
                        worst = ratio.isNaN ? .infinity : max(worst, ratio)
                    }
                }
                #expect(worst <= 1, "\(form) \(size), β \(beta): \(worst) of the bound")
            }
        }
    }

    @Test(arguments: [model, tiles, bf16]) func whatIsNoNumberStaysInItsRowsAndColumns(kind: Int32) {
        let size = GEMMSize(37, 50, 70)
        for (value, isWanted) in [(Float.nan, \Float.isNaN), (Float.infinity, \Float.isInfinite)] {
            let a = GuardedFloats(size.m * size.k, sample: 1), b = GuardedFloats(size.k * size.n, sample: 2)
            a.data[21 * size.k + 69] = value
            b.data[33 * size.n + 49] = value
            for form in [Form.packed, .unpacked] {
                let c = GuardedFloats(size.m * size.n, sample: 3)
                multiply(kind, form, size, a, b, beta: 0, c)
                let found = (0..<c.count).filter { c.data[$0][keyPath: isWanted] }
                #expect(found == (0..<c.count).filter { $0 / size.n == 21 || $0 % size.n == 49 }, "\(value) \(form)")
            }
        }
    }

    // MARK: The same bits

    @Test(arguments: [model, tiles, bf16]) func cutsChangeNoBit(kind: Int32) {
        let size = GEMMSize(101, 72, 600)
        let a = GuardedFloats(size.m * size.k, sample: 1), b = GuardedFloats(size.k * size.n, sample: 2)
        let whole = GuardedFloats(size.m * size.n, sample: 3), pieces = GuardedFloats(size.m * size.n, sample: 4)
        multiply(kind, .packed, size, a, b, beta: 0, whole)
        for (first, last) in [(0, 1), (1, 30), (30, 101)] {
            bw_gemm_nn(
                kind, last - first, size.n, size.k, a.data + first * size.k, size.k, b.data, size.n, 0,
                pieces.data + first * size.n, size.n)
        }
        #expect(whole.values == pieces.values)
        for (first, last) in [(0, 5), (5, 40), (40, 72)] {
            bw_gemm_nn(
                kind, size.m, last - first, size.k, a.data, size.k, b.data + first, size.n, 0, pieces.data + first,
                size.n)
        }
        #expect(whole.values == pieces.values)
    }

    @Test(arguments: [Precision.bf16, .bf16Model]) func threadsAndRepetitionsChangeNoBit(precision: Precision) throws {
        for size in [GEMMSize(4, 300, 40), GEMMSize(500, 40, 48), GEMMSize(40, 500, 48), GEMMSize(40, 24, 5001)] {
            for (transposeA, transposeB) in [(false, false), (false, true), (true, false)] {
                var problem = GEMMProblem(size, transposeA, transposeB, beta: 1)
                problem.products = Products(precision)
                let first = problem.result(ThreadPool()).map(\.bitPattern)
                for threads in 1...4 {
                    let isEqual = try problem.result(ThreadPool(threads: threads)).map(\.bitPattern) == first
                    #expect(isEqual, "\(size), transposed \(transposeA) \(transposeB), \(threads) threads")
                }
            }
        }
    }

    @Test(arguments: [model, tiles, bf16]) func theEpilogueIsWhatComesAfterwards(kind: Int32) {
        for size in [GEMMSize(1, 3, 5), GEMMSize(50, 113, 24), GEMMSize(101, 24, 300), GEMMSize(40, 96, 48)] {
            for streams: Int32 in [0, 1] {
                let a = GuardedFloats(size.m * size.k, sample: 1), b = GuardedFloats(size.k * size.n, sample: 2)
                let bias = GuardedFloats(size.n, sample: 5), c = GuardedFloats(size.m * size.n, sample: 3)
                multiply(kind, .packed, size, a, b, beta: 0, c)
                let product = c.values
                let packed = GuardedFloats(bw_gemm_packed_count(kind, size.n, size.k), sample: 9)
                bw_gemm_pack(kind, b.data, size.n, 0, size.n, size.k, packed.data, 0, 1)
                var (sum, square) = ([Double](repeating: 1, count: size.n), [Double](repeating: 2, count: size.n))
                sum.withUnsafeMutableBufferPointer { sum in
                    square.withUnsafeMutableBufferPointer { square in
                        var epilogue = bw_gemm_epilogue(
                            bias: bias.data, activation: Int32(BW_ACT_RELU), slope: 0, sum: sum.baseAddress,
                            square: square.baseAddress, streams: streams)
                        bw_gemm_packed(
                            kind, size.m, size.n, size.k, a.data, size.k, packed.data, 0, c.data, size.n, &epilogue)
                    }
                }
                for column in 0..<size.n {
                    var (expected, expectedSquare) = (1.0, 2.0)
                    for row in 0..<size.m {
                        let place = row * size.n + column
                        #expect(c.data[place] == max(product[place] + bias.data[column], 0), "\(size) at \(place)")
                        expected += Double(c.data[place])
                        expectedSquare += Double(c.data[place]) * Double(c.data[place])
                    }
                    #expect(abs(sum[column] - expected) < 1e-4 && abs(square[column] - expectedSquare) < 1e-5 * expectedSquare)
                }
            }
        }
    }

    // MARK: What a user is told

    @Test func withoutUnitsBF16IsFloat32AndSaysSo() throws {
        bw_gemm_limit(1)
        defer { bw_gemm_limit(Int32(BW_GEMM_ALL)) }
        #expect(Products(.bf16) == .float32)
        #expect(Products(.bf16Model).name == "bf16 model")
        let caution = try #require(Precision.bf16.caution("train.precision=bf16"))
        #expect(caution.contains("train.precision=bf16 computes float32 here") && caution.contains("bf16-model"))
        #expect(Precision.bf16Model.caution("x") == nil && Precision.float32.caution("x") == nil)
    }

    @Test(.disabled(if: hasNone, "this processor has no units for bfloat16 products"))
    func withUnitsTheyAreNamed() {
        #expect(["avx512_bf16", "amx_bf16"].contains(Products(.bf16).name))
        #expect(Products.available == "\(Products.float32.name), \(Products(.bf16).name)")
        #expect(Precision.bf16.caution("train.precision=bf16") == nil)
    }
}
