// LayerForwardDetectorTests.swift — the whole detector: threads show in rounding only, empty shares work, and
// evaluation equals the kept pass. Its gradients are checked elsewhere, part by part.

import Model
import Tensor
import Testing

@Suite struct LayerForwardDetectorTests {
    static let shape = DetectorShape(
        architecture: .tiny, imageSize: 64, featureChannels: 16, headChannels: 8, stochasticDepth: 0.2)
    static let pairs = [(0, 1), (1, 2), (2, 3)]

    private struct Pass {
        var outputs: [[Float]]
        var gradients: [Float]
        var buffers: [Float]
        var announced: [Int]
        var bits: [UInt32] { (outputs.flatMap { $0 } + gradients + buffers).map(\.bitPattern) }
    }

    /// One training pass over `quadruples` samples of four anchors with bridges and transitions.
    private func train(quadruples: Int, threads: Int) throws -> Pass {
        let detector = Detector(Self.shape, seed: 5)
        let context = Context(pool: try ThreadPool(threads: threads), parameters: detector.parameters)
        context.seed = 2
        context.sampleKeys = (0..<4 * quadruples).map { SampleKey(epoch: 0, sample: $0 % max(1, quadruples)) }
        var announced: [Int] = []
        context.gradientReady = { announced.append($0) }
        let pairs = Self.pairs.enumerated().map { index, pair in
            Detector.Pair(
                from: pair.0, to: pair.1, lambdas: (0..<quadruples).map { 0.1 + 0.2 * Float($0 + index) })
        }
        let (arena, side) = (context.arena, detector.mapSize)
        func random(_ tensor: Tensor, _ sample: Int) -> Tensor {
            PlainMap.random(n: tensor.n, h: tensor.h, w: tensor.w, c: tensor.c, sample: sample).tensor(in: arena)
        }
        let outputs: [[Float]] = try arena.run("step") {
            let images = PlainMap.random(n: 4 * quadruples, h: 64, w: 64, c: 3, sample: 1).tensor(in: arena)
            let noise = (0..<3).map {
                PlainMap.random(n: quadruples, h: side, w: side, c: 16, sample: 10 + $0).tensor(in: arena)
            }
            let out = try detector.forward(images: images, anchors: 4, pairs: pairs, noise: noise, context)
            #expect(out.features.n == 7 * quadruples && out.finalLogits.n == 7 * quadruples)
            let values = (out.logits + [out.finalLogits] + out.predictions + [out.features, out.pooled])
                .map { Array($0.buffer) }
            let gradients = Detector.OutputGradients(
                logits: out.logits.enumerated().map { random($1, 20 + $0) },
                finalLogits: random(out.finalLogits, 30),
                predictions: out.predictions.enumerated().map { random($1, 40 + $0) },
                features: random(out.features.samples(0..<4 * quadruples), 50),
                pooled: random(out.pooled.samples(0..<4 * quadruples), 51))
            try detector.backward(out, gradients, transitionPairs: pairs, context)
            return values
        }
        return Pass(
            outputs: outputs, gradients: Array(detector.parameters.gradients),
            buffers: Array(detector.parameters.buffers), announced: announced)
    }

    @Test func equalPassesGiveEqualBits() throws {
        for threads in [1, 3] {
            let first = try train(quadruples: 2, threads: threads).bits
            #expect(first.allSatisfy { Float(bitPattern: $0).isFinite })
            let isEqual = try train(quadruples: 2, threads: threads).bits == first
            #expect(isEqual, "\(threads) threads")
        }
    }

    @Test func theThreadCountShowsInRoundingOnly() throws {
        let alone = try train(quadruples: 2, threads: 1)
        for threads in 2...4 {
            let pass = try train(quadruples: 2, threads: threads)
            for (output, expected) in zip(pass.outputs, alone.outputs) {
                expectEqual(output.map(Double.init), expected.map(Double.init), tolerance: 1e-3, "outputs")
            }
            expectEqual(
                pass.gradients.map(Double.init), alone.gradients.map(Double.init), tolerance: 1e-3, "gradients")
        }
    }

    @Test(arguments: [0, 1]) func everyGradientIsAnnouncedOnceAlsoForAnEmptyShare(quadruples: Int) throws {
        let pass = try train(quadruples: quadruples, threads: 2)
        let count = Detector(Self.shape, seed: 5).parameters.slots.count
        #expect(pass.announced.sorted() == Array(0..<count))
        if quadruples == 0 { #expect(pass.gradients.allSatisfy { $0 == 0 }) }
    }

    @Test func evaluationEqualsTheFrozenPass() throws {
        let detector = Detector(Self.shape, seed: 5)
        for i in detector.parameters.buffers.indices { detector.parameters.buffers[i] = 0.5 + 0.1 * Float(i % 5) }
        let context = Context(pool: try ThreadPool(threads: 2), parameters: detector.parameters)
        let arena = context.arena
        let x = PlainMap.random(n: 3, h: 64, w: 64, c: 3, sample: 1)
        context.mode = .evaluation
        let evaluated = try arena.run("evaluate") {
            let (logits, pooled) = try detector.evaluate(x.tensor(in: arena), context)
            defer { [logits, pooled].forEach(arena.release) }
            return [Array(logits.buffer), Array(pooled.buffer)]
        }
        context.mode = .frozen
        let kept = try arena.run("frozen") {
            let out = try detector.forward(
                images: x.tensor(in: arena), anchors: 1, pairs: [], noise: [], context)
            let values = [Array(out.finalLogits.buffer), Array(out.pooled.buffer)]
            func zeros(_ tensor: Tensor) -> Tensor { arena.zeros(n: tensor.n, h: tensor.h, w: tensor.w, c: tensor.c) }
            let gradients = Detector.OutputGradients(
                logits: out.logits.map(zeros), finalLogits: zeros(out.finalLogits), predictions: [], features: nil,
                pooled: nil)
            try detector.backward(out, gradients, transitionPairs: [], context)
            return values
        }
        for (a, b) in zip(evaluated, kept) { expectEqual(a.map(Double.init), b.map(Double.init), tolerance: 1e-5) }
    }

    @Test func evaluationOfNothingIsNothing() throws {
        let detector = Detector(Self.shape, seed: 5)
        let context = Context(parameters: detector.parameters)
        context.mode = .evaluation
        try context.arena.run("evaluate") {
            let (logits, pooled) = try detector.evaluate(context.arena.allocate(n: 0, h: 64, w: 64, c: 3), context)
            #expect(logits.n == 0 && pooled.n == 0)
            [logits, pooled].forEach(context.arena.release)
        }
    }

    @Test func equalSeedsGiveEqualDetectors() {
        let (a, b, c) = (Detector(Self.shape, seed: 5), Detector(Self.shape, seed: 5), Detector(Self.shape, seed: 6))
        #expect(a.parameters.values.elementsEqual(b.parameters.values))
        #expect(!a.parameters.values.elementsEqual(c.parameters.values))
    }
}
