// TimedNetwork.swift — a network on random images that does a step and tells how long its parts took.

import DistributedTraining
import Foundation
import Model
import Tensor

/// Seconds of one step's parts, and its page faults.
struct StepTimes {
    var forward = 0.0
    var backward = 0.0
    var optimizer = 0.0
    var faults = 0.0
    var total: Double { forward + backward + optimizer }
}

/// What classifier and detector have in common: images, memory, optimiser, the reduction over ranks.
class TimedNetwork {
    let context: Context
    let batch: Int
    let training: Bool
    let world: World?
    private let size: Int
    private let adam: Adam?
    private let buckets: GradientBuckets?
    private let pixels: [Float]
    private var backwardBegan: ContinuousClock.Instant?

    init(
        _ parameters: Parameters, size: Int, batch: Int, training: Bool, products: Products, pool: ThreadPool,
        world: World?
    ) throws {
        self.size = size
        self.batch = batch
        self.training = training
        self.world = world
        context = Context(
            pool: pool, parameters: parameters,
            reducer: world.map { CommunicatorReducer($0.communicator) } ?? LocalReducer())
        context.products = products
        context.mode = training ? .training : .evaluation
        context.sampleKeys = (0..<batch).map { SampleKey(epoch: 0, sample: $0) }
        adam = training ? try Adam(ranges: DecayRanges(count: parameters.values.count)) : nil
        buckets = try world.flatMap {
            training
                ? try GradientBuckets(
                    gradients: parameters.gradients, parameters: parameters.slots.map { ($0.name, $0.range) },
                    world: $0)
                : nil
        }
        var random = Philox(seed: 2, stream: .test)
        pixels = (0..<batch * size * size * 3).map { _ in random.normal() }
        context.gradientReady = { [unowned self] parameter in
            // Where forward and backward are one call: the backward pass has begun just before.
            if backwardBegan == nil { backwardBegan = .now }
            buckets?.markReady(parameter)
        }
    }

    /// Forward pass of `images`, which it takes over, and in training the backward pass.
    func pass(_ images: Tensor) throws { preconditionFailure("TimedNetwork: pass is the subclasses'") }

    /// To be called by `pass` where it knows.
    func forwardIsDone() { backwardBegan = .now }

    func step() throws -> StepTimes {
        let parameters = context.parameters
        let faults = ProcessUsage.now.ru_minflt
        backwardBegan = nil
        let start = ContinuousClock.now
        if training { parameters.zeroGradients() }
        buckets?.begin()
        try context.arena.run("benchmark") {
            let images = context.arena.allocate(n: batch, h: size, w: size, c: 3)
            _ = images.buffer.update(fromContentsOf: pixels)
            try pass(images)
        }
        let end = ContinuousClock.now
        _ = try buckets?.finish()
        if let adam {
            adam.beginStep(learningRate: 1e-5, gradientScale: 1)
            context.pool.forRanges(parameters.values.count, grain: 1 << 14) {
                adam.update($0, of: parameters.values, gradient: UnsafeBufferPointer(parameters.gradients))
            }
        }
        let middle = training ? backwardBegan ?? end : end
        return StepTimes(
            forward: (middle - start).seconds, backward: (end - middle).seconds,
            optimizer: (ContinuousClock.now - end).seconds,
            faults: Double(ProcessUsage.now.ru_minflt - faults))
    }
}

/// The backbone with a classifier.
final class TimedClassifier: TimedNetwork {
    private let classifier: Classifier
    private let folded: FoldedBackbone?

    init(
        _ classifier: Classifier, size: Int, batch: Int, training: Bool, products: Products, pool: ThreadPool,
        world: World?
    ) throws {
        self.classifier = classifier
        folded = training ? nil : classifier.folded(products)
        try super.init(
            classifier.parameters, size: size, batch: batch, training: training, products: products, pool: pool,
            world: world)
    }

    override func pass(_ images: Tensor) throws {
        let logits = try classifier.forward(images, folded: folded, context)
        forwardIsDone()
        guard training else { return context.arena.release(logits) }
        try classifier.backward(logits, globalCount: batch * (world?.size ?? 1), context)
    }
}

/// The whole network of the method with its losses.
final class TimedDetector: TimedNetwork {
    private let detector: Detector
    private let objective: Objective
    private let inference: Inference?

    init(
        _ detector: Detector, size: Int, batch: Int, training: Bool, products: Products, pool: ThreadPool,
        world: World?
    ) throws {
        self.detector = detector
        objective = try Objective(Objective.Options(), featureChannels: detector.shape.featureChannels)
        inference = training ? nil : Inference(detector, products: products)
        try super.init(
            detector.parameters, size: size, batch: batch, training: training, products: products, pool: pool,
            world: world)
    }

    override func pass(_ images: Tensor) throws {
        if let inference {
            let (logits, pooled) = try inference.evaluate(images, context)
            context.arena.release(logits)
            context.arena.release(pooled)
            return
        }
        let quadruples = batch / objective.anchors.count
        let samples = (0..<quadruples).map { SampleKey(epoch: 0, sample: $0) }
        _ = try objective.step(
            detector, images: images, samples: samples, globalQuadruples: quadruples * (world?.size ?? 1),
            context)
    }
}
