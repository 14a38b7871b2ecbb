// InferenceTests.swift — the folded network against the layers in evaluation, and against itself with
// other threads and other images beside. Its kernels are in InferenceKernelTests.

import Model
import Tensor
import Testing

@Suite struct InferenceTests {
    /// A detector whose batch norms do something.
    private func detector(_ architecture: Architecture, size: Int, padding: PaddingRule) -> Detector {
        let detector = Detector(
            DetectorShape(
                architecture: architecture, imageSize: size, padding: padding, featureChannels: 16,
                headChannels: 8, transitions: []),
            seed: 5)
        let parameters = detector.parameters
        let jitter = GradientCheck.random(parameters.values.count, sample: 99)
        for slot in parameters.slots where slot.name.contains("_bn.") {
            for i in slot.range { parameters.values[i] += 0.2 * jitter[i] }
        }
        for slot in parameters.bufferSlots {
            let isVariance = slot.name.hasSuffix("running_var")
            for i in slot.range { parameters.buffers[i] = isVariance ? 0.6 + 0.1 * Float(i % 5) : 0.1 * Float(i % 3) }
        }
        return detector
    }

    /// Logits and pooled features, computed by layers or folded.
    private func evaluate(_ detector: Detector, _ x: PlainMap, folded: Bool, threads: Int = 1) throws -> [[Double]] {
        let context = Context(pool: try ThreadPool(threads: threads), parameters: detector.parameters)
        context.mode = .evaluation
        let inference = folded ? Inference(detector) : nil
        return try context.arena.run("evaluate") {
            let images = x.tensor(in: context.arena)
            let (logits, pooled) = try inference?.evaluate(images, context) ?? detector.evaluate(images, context)
            defer { [logits, pooled].forEach(context.arena.release) }
            return [logits, pooled].map { $0.buffer.map(Double.init) }
        }
    }

    @Test(arguments: PaddingRule.allCases, [64, 75])
    func scoresAreThoseOfTheLayers(padding: PaddingRule, size: Int) throws {
        let detector = detector(.tiny, size: size, padding: padding)
        for count in [0, 1, 2, 3, 5] {
            let x = PlainMap.random(n: count, h: size, w: size, c: 3, sample: count)
            let layers = try evaluate(detector, x, folded: false)
            let folded = try evaluate(detector, x, folded: true, threads: 2)
            expectEqual(folded[0], layers[0], tolerance: 1e-4, "logits of \(count) images")
            expectEqual(folded[1], layers[1], tolerance: 1e-4, "features of \(count) images")
        }
    }

    /// Expansion 6, 5×5 windows at both strides, maps that are cut into bands.
    @Test(arguments: PaddingRule.allCases)
    func scoresOfTheSmallestPublishedNetworkAreThoseOfTheLayers(padding: PaddingRule) throws {
        let detector = detector(.b0, size: 256, padding: padding)
        let x = PlainMap.random(n: 2, h: 256, w: 256, c: 3, sample: 1)
        let layers = try evaluate(detector, x, folded: false, threads: 2)
        let folded = try evaluate(detector, x, folded: true, threads: 2)
        expectEqual(folded[0], layers[0], tolerance: 1e-4, "logits")
        expectEqual(folded[1], layers[1], tolerance: 1e-4, "features")
    }

    /// Whatever the threads and whoever else is in the batch: that is what makes `eval` reproducible.
    @Test func anImagesFeaturesAreTheSameBitsAloneAndAmongOthers() throws {
        let detector = detector(.tiny, size: 96, padding: .published)
        let x = PlainMap.random(n: 7, h: 96, w: 96, c: 3, sample: 1)
        let all = try evaluate(detector, x, folded: true)[1]
        for threads in [1, 2, 3, 4] {
            #expect(try evaluate(detector, x, folded: true, threads: threads)[1] == all, "\(threads) threads")
            for image in 0..<7 {
                let alone = try evaluate(detector, x.samples(image..<image + 1), folded: true, threads: threads)[1]
                #expect(alone == Array(all[16 * image..<16 * (image + 1)]), "image \(image), \(threads) threads")
            }
        }
    }

    @Test func theWeightsAreThoseOfTheMomentItWasMade() throws {
        let detector = detector(.tiny, size: 64, padding: .symmetric)
        let x = PlainMap.random(n: 1, h: 64, w: 64, c: 3, sample: 1)
        let before = try evaluate(detector, x, folded: true)
        for i in detector.parameters.values.indices { detector.parameters.values[i] *= 1.1 }
        let after = try evaluate(detector, x, folded: true)
        #expect(before[1] != after[1])
        expectEqual(after[1], try evaluate(detector, x, folded: false)[1], tolerance: 1e-4, "features")
    }
}
