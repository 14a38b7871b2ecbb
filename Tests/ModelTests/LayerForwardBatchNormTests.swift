// LayerForwardBatchNormTests.swift — batch norm against its plain twin, in every mode and share.

import Model
import Tensor
import Testing

@Suite struct LayerForwardBatchNormTests {
    static let options = BatchNorm.Options(momentum: 0.1, epsilon: 1e-3, synchronized: true)

    private func run(
        _ channels: Int, _ activation: BatchNorm.Activation, options: BatchNorm.Options = options
    ) -> LayerForwardRun {
        let run = LayerForwardRun { BatchNorm($0, "layer", channels, activation: activation, options: options) }
        // Running statistics that differ from the batch's and from each other.
        for slot in run.parameters.bufferSlots {
            for i in slot.range { run.parameters.buffers[i] = 0.5 + 0.25 * Float(i % 7) }
        }
        return run
    }

    private func twin(
        _ run: LayerForwardRun, _ activation: BatchNorm.Activation, mean: [Double], variance: [Double]
    ) -> PlainBatchNorm {
        PlainBatchNorm(
            gamma: run.parameter("weight"), beta: run.parameter("bias"), mean: mean, variance: variance,
            epsilon: Double(Self.options.epsilon), activation: activation)
    }

    /// Rows around the blocks of 32, channels around the strips of 64; far from zero mean.
    @Test(arguments: [BatchNorm.Activation.none, .silu, .relu], [1, 7, 64, 70])
    func trainingEqualsThePlainTwin(activation: BatchNorm.Activation, channels: Int) throws {
        for (n, h, w) in [(1, 4, 2), (3, 3, 5), (4, 9, 9)] {
            let run = run(channels, activation)
            let (oldMean, oldVariance) = (run.buffer("mean"), run.buffer("var"))
            let x = PlainMap.random(n: n, h: h, w: w, c: channels, sample: 5).mapped { Double(Float($0 + 3)) }
            let (mean, variance) = PlainBatchNorm.statistics(x)
            let twin = twin(run, activation, mean: mean, variance: variance)
            let (result, dy) = try run.train(x, run.context())
            let gradients = twin.backward(x, dy, ofBatch: true)
            expectEqual(result.y, twin.forward(x), tolerance: 3e-5)
            expectEqual(result.dx, gradients.dx, tolerance: 1e-4, "input gradient")
            expectEqual(result.gradient("weight"), gradients.dGamma, tolerance: 1e-4, "γ gradient")
            expectEqual(result.gradient("bias"), gradients.dBeta, tolerance: 1e-4, "β gradient")
            // As PyTorch does it: the new share is `momentum`, and the variance the unbiased one.
            let unbiased = Double(x.rows) / Double(x.rows - 1)
            expectEqual(run.buffer("mean"), zip(oldMean, mean).map { 0.9 * $0 + 0.1 * $1 }, "running mean")
            expectEqual(
                run.buffer("var"), zip(oldVariance, variance).map { 0.9 * $0 + 0.1 * $1 * unbiased },
                tolerance: 3e-5, "running variance")
        }
    }

    @Test(arguments: [BatchNorm.Activation.none, .silu, .relu])
    func evaluationUsesAndKeepsTheRunningStatistics(activation: BatchNorm.Activation) throws {
        let run = run(20, activation)
        let (mean, variance) = (run.buffer("mean"), run.buffer("var"))
        let x = PlainMap.random(n: 3, h: 4, w: 5, c: 20, sample: 6)
        let twin = twin(run, activation, mean: mean, variance: variance)
        expectEqual(try run.evaluate(x), twin.forward(x))
        let (result, dy) = try run.train(x, run.context(.frozen))
        let gradients = twin.backward(x, dy, ofBatch: false)
        expectEqual(result.y, twin.forward(x))
        expectEqual(result.dx, gradients.dx, "input gradient")
        expectEqual(result.gradient("weight"), gradients.dGamma, "γ gradient")
        expectEqual(result.gradient("bias"), gradients.dBeta, "β gradient")
        #expect(run.buffer("mean") == mean && run.buffer("var") == variance)
    }

    @Test func aShiftThatIsRemovedHasExactlyNoGradient() throws {
        let run = LayerForwardRun {
            BatchNorm($0, "layer", 8, activation: .none, options: Self.options, shiftIsRemoved: true)
        }
        let x = PlainMap.random(n: 3, h: 4, w: 5, c: 8, sample: 6)
        #expect(try run.train(x, run.context()).result.gradient("bias").allSatisfy { $0 == 0 })
        // The evaluated function does feel it.
        #expect(try run.train(x, run.context(.frozen)).result.gradient("bias").allSatisfy { $0 != 0 })
    }

    @Test func oneRowHasNoVarianceAndStaysFinite() throws {
        let run = run(5, .silu)
        let x = PlainMap.random(n: 1, c: 5, sample: 1)
        let (result, _) = try run.train(x, run.context())
        #expect((result.y.values + result.dx.values).allSatisfy { $0.isFinite })
        #expect(run.buffer("var").allSatisfy { $0.isFinite && $0 >= 0 })
    }

    @Test func whatIsNotANumberSpoilsTheStepButNotTheStatistics() throws {
        for activation in [BatchNorm.Activation.none, .silu, .relu] {
            let run = run(3, activation)
            let (mean, variance) = (run.buffer("mean"), run.buffer("var"))
            var x = PlainMap.random(n: 2, h: 3, w: 3, c: 3, sample: 1)
            x[1, 2, 0, 1] = .nan
            let (result, _) = try run.train(x, run.context())
            #expect(result.y[0, 0, 0, 1].isNaN, "\(activation) hides it from the vote")
            #expect(result.y[0, 0, 0, 0].isFinite)
            #expect(run.buffer("mean")[1] == mean[1] && run.buffer("var")[1] == variance[1])
            #expect(run.buffer("mean")[0] != mean[0])
        }
    }

    // MARK: Shares of one batch

    private struct Share: Sendable {
        var y: [Double]
        var dx: [Double]
        var gradients: [Double]
        var buffers: [Float]
    }

    @Test(arguments: [[6], [3, 3], [1, 5], [0, 6], [2, 0, 4], [0, 0, 1, 5]])
    func sharesTogetherEqualTheWholeBatch(sizes: [Int]) throws {
        let whole = run(9, .silu)
        let x = PlainMap.random(n: 6, h: 3, w: 4, c: 9, sample: 8)
        let (expected, dy) = try whole.train(x, whole.context())
        let starts = sizes.indices.map { sizes[..<$0].reduce(0, +) }
        let shares = LossesShareReducer.run(participants: sizes.count) { number, reducer in
            let mine = starts[number]..<starts[number] + sizes[number]
            let run = self.run(9, .silu)
            // Only a reducer that throws, or a second thread, makes this throw.
            let context = try! run.context(threads: 1, reducer: reducer)
            return try! context.arena.run("share") {
                let y = try run.layer.forward(x.samples(mine).tensor(in: context.arena), context)
                let values = PlainMap(y).values
                context.arena.release(y)
                let dx = try run.layer.backward(dy.samples(mine).tensor(in: context.arena), context)
                defer { context.arena.release(dx) }
                return Share(
                    y: values, dx: PlainMap(dx).values, gradients: run.parameters.gradients.map(Double.init),
                    buffers: Array(run.parameters.buffers))
            }
        }
        expectEqual(shares.flatMap(\.y), expected.y.values)
        expectEqual(shares.flatMap(\.dx), expected.dx.values, tolerance: 2e-5, "input gradient")
        let sum = expected.gradients.indices.map { i in shares.reduce(0) { $0 + $1.gradients[i] } }
        expectEqual(sum, expected.gradients.map(Double.init), "parameter gradients")
        for share in shares {
            #expect(share.buffers == shares[0].buffers, "ranks agree on the running statistics")
            expectEqual(share.buffers.map(Double.init), whole.parameters.buffers.map(Double.init), "statistics")
        }
    }

    @Test func withoutSynchronisationEachShareStandsAlone() throws {
        let alone = BatchNorm.Options(momentum: 0.1, epsilon: 1e-3, synchronized: false)
        let x = PlainMap.random(n: 4, h: 2, w: 2, c: 3, sample: 8)
        let run = run(3, .none, options: alone)
        // A reducer that would change every sum if it were asked.
        let (result, _) = try run.train(x, run.context(reducer: FailingReducer()))
        let (mean, variance) = PlainBatchNorm.statistics(x)
        expectEqual(result.y, twin(run, .none, mean: mean, variance: variance).forward(x), tolerance: 3e-5)
    }

    private final class FailingReducer: SumReducer {
        struct Refused: Error {}
        func sum(_ values: UnsafeMutableBufferPointer<Double>) throws { throw Refused() }
    }

    @Test func aReducersErrorReachesTheCaller() throws {
        let run = run(3, .silu)
        let x = PlainMap.random(n: 2, h: 2, w: 2, c: 3, sample: 8)
        #expect(throws: FailingReducer.Refused.self) {
            try run.train(x, run.context(reducer: FailingReducer()))
        }
    }
}
