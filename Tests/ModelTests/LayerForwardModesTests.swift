// LayerForwardModesTests.swift — what holds for all layers: the thread count does not show (beyond
// the rounding of products, see GEMM), an empty batch works, evaluation in place equals the kept
// version with frozen statistics, gradients are added.

import Model
import Tensor
import Testing

@Suite struct LayerForwardModesTests {
    static let batchNorm = BatchNorm.Options(momentum: 0.01, epsilon: 1e-3, synchronized: true)

    struct Case: CustomStringConvertible, Sendable {
        var description: String
        /// Of the input, n apart.
        var (h, w, c): (Int, Int, Int)
        /// Whether large products take part, which OpenBLAS rounds by where they are cut.
        var multiplies: Bool
        var make: @Sendable (Parameters) -> any Layer

        init(
            _ description: String, _ h: Int, _ w: Int, _ c: Int, multiplies: Bool = false,
            _ make: @escaping @Sendable (Parameters) -> any Layer
        ) {
            (self.description, self.h, self.w, self.c) = (description, h, w, c)
            (self.multiplies, self.make) = (multiplies, make)
        }
    }

    static func block(_ expansion: Int, _ channels: Int, stride: Int, drop: Float = 0) -> MBConv.Shape {
        MBConv.Shape(
            inChannels: channels, outChannels: channels, expansion: expansion, kernel: 5, stride: stride,
            padding: .symmetric(kernel: 5), index: 2, dropProbability: drop)
    }

    /// Sizes at which the work is really split.
    static let cases = [
        Case("pointwise", 20, 21, 40, multiplies: true) { PointwiseConvolution($0, "l", 40, 50, bias: true) },
        Case("depthwise, stride 1", 17, 18, 24) {
            DepthwiseConvolution($0, "l", channels: 24, kernel: 5, stride: 1, padding: .symmetric(kernel: 5))
        },
        Case("depthwise, stride 2", 17, 18, 24) {
            DepthwiseConvolution($0, "l", channels: 24, kernel: 3, stride: 2, padding: .init(before: 0, after: 1))
        },
        Case("convolution", 19, 16, 16, multiplies: true) {
            Convolution($0, "l", 16, 20, kernel: 3, padding: .symmetric(kernel: 3), bias: true)
        },
        Case("batch norm", 19, 16, 30) {
            BatchNorm($0, "l", 30, activation: .silu, options: LayerForwardModesTests.batchNorm)
        },
        Case("squeeze-excite", 9, 8, 24) { SqueezeExcite($0, "l", channels: 24, squeezed: 6) },
        Case("leaky ReLU", 1, 1, 33) { _ in LeakyReLULayer() },
        Case("spreading", 1, 1, 32, multiplies: true) { SpreadingConvolution($0, "l", 32, 24, size: 8) },
        Case("block", 12, 12, 16, multiplies: true) {
            MBConv($0, "l", LayerForwardModesTests.block(4, 16, stride: 1), batchNorm: LayerForwardModesTests.batchNorm)
        },
        Case("block, dropped at times", 12, 12, 16, multiplies: true) {
            MBConv(
                $0, "l", LayerForwardModesTests.block(1, 16, stride: 1, drop: 0.5),
                batchNorm: LayerForwardModesTests.batchNorm)
        },
        Case("block, stride 2", 12, 12, 16, multiplies: true) {
            MBConv($0, "l", LayerForwardModesTests.block(4, 16, stride: 2), batchNorm: LayerForwardModesTests.batchNorm)
        },
    ]

    private func keyed(_ context: Context, _ n: Int) -> Context {
        context.sampleKeys = (0..<n).map { SampleKey(epoch: 1, sample: 10 + $0) }
        return context
    }

    @Test(arguments: cases) func theThreadCountDoesNotShow(one: Case) throws {
        let x = PlainMap.random(n: 5, h: one.h, w: one.w, c: one.c, sample: 1)
        func results(threads: Int) throws -> [LayerForwardRun.Result] {
            let run = LayerForwardRun(one.make)
            let trained = try run.train(x, keyed(run.context(threads: threads), 5)).result
            var evaluated = trained
            evaluated.y = try run.evaluate(x, threads: threads)
            return [trained, evaluated]
        }
        let alone = try results(threads: 1)
        for threads in 1...4 {
            for (result, expected) in zip(try results(threads: threads), alone) {
                if one.multiplies && threads > 1 {
                    expectEqual(result.y, expected.y, "\(one) on \(threads) threads")
                    expectEqual(result.dx, expected.dx, tolerance: 1e-4, "\(one) on \(threads) threads")
                    expectEqual(
                        result.gradients.map(Double.init), expected.gradients.map(Double.init), tolerance: 1e-4,
                        "\(one) on \(threads) threads")
                } else {
                    let isEqual = result.bits == expected.bits
                    #expect(isEqual, "\(one) on \(threads) threads")
                }
            }
        }
    }

    @Test(arguments: cases) func anEmptyBatchWorksInEveryMode(one: Case) throws {
        let run = LayerForwardRun(one.make)
        let x = PlainMap(n: 0, h: one.h, w: one.w, c: one.c)
        let buffers = run.parameters.buffers.map(\.bitPattern)
        for mode in [Context.Mode.training, .frozen] {
            for threads in [1, 3] {
                let (result, _) = try run.train(x, run.context(mode, threads: threads))
                #expect(result.y.n == 0 && result.dx.n == 0)
                #expect(result.y.h > 0 && result.y.c > 0, "the shape is that of other batches")
                #expect(result.gradients.allSatisfy { $0 == 0 })
            }
        }
        #expect(try run.evaluate(x).n == 0)
        #expect(run.parameters.buffers.map(\.bitPattern) == buffers, "statistics of nothing change nothing")
    }

    /// To rounding: a block that keeps what its backward pass needs fuses other passes.
    @Test(arguments: cases) func evaluationInPlaceEqualsTheFrozenPass(one: Case) throws {
        let run = LayerForwardRun(one.make)
        for i in run.parameters.buffers.indices { run.parameters.buffers[i] = 0.5 + 0.1 * Float(i % 5) }
        let x = PlainMap.random(n: 3, h: one.h, w: one.w, c: one.c, sample: 2)
        let kept = try run.train(x, run.context(.frozen)).result.y
        expectEqual(try run.evaluate(x), kept, tolerance: 2e-6)
    }

    @Test(arguments: cases) func gradientsAddToWhatIsThere(one: Case) throws {
        let run = LayerForwardRun(one.make)
        let x = PlainMap.random(n: 2, h: one.h, w: one.w, c: one.c, sample: 2)
        let context = try keyed(run.context(), 2)
        let once = try run.train(x, context).result
        // `train` zeroes them; the second pass here does not.
        try context.arena.run("again") {
            let y = try run.layer.forward(x.tensor(in: context.arena), context)
            let dy = PlainMap.random(n: y.n, h: y.h, w: y.w, c: y.c, sample: 77)
            context.arena.release(y)
            context.arena.release(try run.layer.backward(dy.tensor(in: context.arena), context))
        }
        expectEqual(run.parameters.gradients.map(Double.init), once.gradients.map { 2 * Double($0) }, "gradients")
    }

    // MARK: Stochastic depth

    /// Whether each sample's branch was dropped, and what the branch is where it was kept.
    private func drops(_ keys: [SampleKey], seed: UInt64, drop: Float) throws -> (dropped: [Bool], y: PlainMap, x: PlainMap) {
        let run = LayerForwardRun { MBConv($0, "l", Self.block(1, 8, stride: 1, drop: drop), batchNorm: Self.batchNorm) }
        let context = try run.context()
        context.seed = seed
        context.sampleKeys = keys
        let x = PlainMap.random(n: keys.count, h: 3, w: 3, c: 8, sample: 4)
        let y = try run.train(x, context).result.y
        let dropped = keys.indices.map { y.samples($0..<$0 + 1).values == x.samples($0..<$0 + 1).values }
        return (dropped, y, x)
    }

    @Test func dropsFollowTheSamplesKeyAndNotItsPlace() throws {
        let keys = (0..<40).map { SampleKey(epoch: $0 % 3, sample: $0) }
        let (dropped, _, _) = try drops(keys, seed: 9, drop: 0.5)
        #expect(Set(dropped).count == 2, "some are dropped and some kept")
        let turned = try drops(keys.reversed(), seed: 9, drop: 0.5).dropped
        #expect(Array(turned.reversed()) == dropped)
        let share = try drops(Array(keys[7..<12]), seed: 9, drop: 0.5).dropped
        #expect(share == Array(dropped[7..<12]))
        #expect(try drops(keys, seed: 10, drop: 0.5).dropped != dropped, "another run drops others")
        let later = keys.map { SampleKey(epoch: $0.epoch + 3, sample: $0.sample) }
        #expect(try drops(later, seed: 9, drop: 0.5).dropped != dropped, "another epoch drops others")
    }

    @Test(arguments: [0.2, 0.5] as [Float]) func droppingKeepsTheExpectation(drop: Float) throws {
        let keys = (0..<2000).map { SampleKey(epoch: 0, sample: $0) }
        let (dropped, y, x) = try drops(keys, seed: 3, drop: drop)
        let share = Double(dropped.filter { $0 }.count) / 2000
        #expect(abs(share - Double(drop)) < 0.05)
        // Where it is kept the branch is scaled up by 1/(1 − p).
        var expected = try drops(keys, seed: 3, drop: 0).y
        let size = 3 * 3 * 8
        for i in expected.values.indices {
            let input = x.values[i]
            let factor = dropped[i / size] ? 0 : 1 / Double(1 - drop)
            expected.values[i] = input + (expected.values[i] - input) * factor
        }
        expectEqual(y, expected)
    }
}
