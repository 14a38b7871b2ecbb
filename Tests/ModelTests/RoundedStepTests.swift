// RoundedStepTests.swift — the network with products of bfloat16 numbers: near float32 in all gradients, the same
// bits on any number of threads, an image's scores the same alone and among others. With the exact model.

import Model
import Tensor
import Testing

@Suite struct RoundedStepTests {
    private struct Step {
        var loss: Double
        var gradients: [Float]
    }

    private func step(_ precision: Precision, threads: Int, recomputes: Bool = false) throws -> Step {
        var shape = DetectorShape(architecture: .tiny, imageSize: 64)
        (shape.featureChannels, shape.headChannels) = (16, 8)
        shape.batchNorm.synchronized = false
        let detector = Detector(shape, seed: 3)
        let objective = try Objective(Objective.Options(), featureChannels: 16)
        let context = try Context(pool: ThreadPool(threads: threads), parameters: detector.parameters)
        context.products = Products(precision)
        context.recomputes = recomputes
        let quadruples = 2
        let samples = (0..<quadruples).map { SampleKey(epoch: 0, sample: $0) }
        context.sampleKeys = (0..<4 * quadruples).map { SampleKey(epoch: 0, sample: $0) }
        var random = Philox(seed: 5, stream: .test)
        var loss = 0.0
        try context.arena.run("rounded") {
            let images = context.arena.allocate(n: 4 * quadruples, h: 64, w: 64, c: 3)
            for i in 0..<images.count { images.data[i] = random.normal() }
            loss = try objective.step(
                detector, images: images, samples: samples, globalQuadruples: quadruples, context).total
        }
        return Step(loss: loss, gradients: Array(detector.parameters.gradients))
    }

    @Test func gradientsAreNearFloat32s() throws {
        let exact = try step(.float32, threads: 1), rounded = try step(.bf16Model, threads: 1)
        #expect(abs(exact.loss - rounded.loss) < 0.01 * exact.loss, "\(exact.loss) \(rounded.loss)")
        var (difference, size, product, other) = (0.0, 0.0, 0.0, 0.0)
        for (a, b) in zip(exact.gradients, rounded.gradients) {
            difference += Double(a - b) * Double(a - b)
            size += Double(a) * Double(a)
            other += Double(b) * Double(b)
            product += Double(a) * Double(b)
        }
        #expect(difference > 0, "nothing was rounded")
        // Random weights, a batch of eight: every product's operands are off by up to 2⁻⁹, and it was 0.988.
        #expect(product / (size * other).squareRoot() > 0.97, "cosine \(product / (size * other).squareRoot())")
    }

    @Test(arguments: [Precision.bf16Model, .bf16]) func threadsAndRepetitionsChangeNoBit(precision: Precision) throws {
        let one = try step(precision, threads: 1)
        for threads in [1, 2, 3] {
            let other = try step(precision, threads: threads)
            #expect(other.loss == one.loss && other.gradients == one.gradients, "\(threads) threads")
        }
        #expect(try step(precision, threads: 2, recomputes: true).gradients == one.gradients)
    }

    /// On processors with AVX512_BF16 its results are the model's but for the last bits of epilogues.
    @Test(.enabled(if: Products(.bf16).name == "avx512_bf16", "this processor has no AVX512_BF16"))
    func theProcessorsStepIsNearTheModels() throws {
        let model = try step(.bf16Model, threads: 2), fast = try step(.bf16, threads: 2)
        #expect(abs(model.loss - fast.loss) < 1e-3 * model.loss)
    }

    @Test(arguments: [Precision.bf16Model, .bf16]) func anImagesScoresDoNotDependOnOthers(precision: Precision) throws {
        let detector = Detector(DetectorShape(architecture: .tiny, imageSize: 64), seed: 3)
        let products = Products(precision)
        let inference = Inference(detector, products: products)
        var random = Philox(seed: 5, stream: .test)
        let pixels = (0..<5 * 64 * 64 * 3).map { _ in random.normal() }
        func score(_ images: Range<Int>, threads: Int) throws -> [Float] {
            let context = try Context(pool: ThreadPool(threads: threads), parameters: detector.parameters)
            context.mode = .evaluation
            context.products = products
            var result: [Float] = []
            try context.arena.run("score") {
                let batch = context.arena.allocate(n: images.count, h: 64, w: 64, c: 3)
                let each = 64 * 64 * 3
                _ = batch.buffer.update(fromContentsOf: pixels[images.lowerBound * each..<images.upperBound * each])
                let (logits, pooled) = try inference.evaluate(batch, context)
                result = Array(pooled.buffer)
                context.arena.release(logits)
                context.arena.release(pooled)
            }
            return result
        }
        let all = try score(0..<5, threads: 1)
        #expect(try score(0..<5, threads: 3) == all)
        let width = all.count / 5
        for image in 0..<5 {
            #expect(try score(image..<image + 1, threads: 2) == Array(all[image * width..<(image + 1) * width]), "\(image)")
        }
    }
}
