// TrainStep.swift — one optimisation step on all ranks: forward, backward, reduce, update.
//
// Nothing here reads data, writes files or decides when to stop.

import Data
import DistributedTraining
import CKernels
import Model
import Tensor

/// The state that training changes, and the step that changes it.
///
/// All ranks hold equal copies: gradients are summed over ranks, and the same update follows.
public final class TrainStep {
    public struct Outcome: Sendable {
        public var report: Objective.Report
        /// False when the loss or a gradient was not finite: then nothing was updated, on any rank.
        public var applied: Bool
        /// Norm of the whole gradient before clipping.
        public var gradientNorm: Double
        /// Seconds that this rank waited for gradients of others.
        public var reduceWait: Double
    }

    public let detector: Detector
    public let objective: Objective
    public let optimizer: any Optimizer
    /// Averaged weights, if wanted.
    public let average: WeightAverage?
    public let context: Context
    private let buckets: GradientBuckets
    private let clipNorm: Double
    private let reduceLimit: Double
    /// Running statistics of batch norm before the step, for one that is not applied.
    private var buffersBefore: [Float]

    /// Collective: compares the parameters' layout between ranks.
    /// - Parameters:
    ///   - clipNorm: largest norm of the gradient, 0 for no limit.
    ///   - reduceLimit: seconds after which a bucket of gradients counts as stuck.
    public init(
        detector: Detector, objective: Objective, optimizer: any Optimizer, average: WeightAverage?,
        clipNorm: Double, reduceLimit: Double, pool: ThreadPool, world: World, seed: UInt64, recomputes: Bool = false
    ) throws {
        self.detector = detector
        self.objective = objective
        self.optimizer = optimizer
        self.average = average
        self.clipNorm = clipNorm
        self.reduceLimit = reduceLimit
        buffersBefore = Array(detector.parameters.buffers)
        context = Context(
            pool: pool, parameters: detector.parameters, reducer: CommunicatorReducer(world.communicator))
        context.seed = seed
        context.recomputes = recomputes
        let buckets = try GradientBuckets(
            gradients: detector.parameters.gradients,
            parameters: detector.parameters.slots.map { ($0.name, $0.range) }, world: world)
        self.buckets = buckets
        context.gradientReady = { buckets.markReady($0) }
    }

    /// One step on this rank's share. Collective; a share may be empty, the batch may not.
    /// - Parameter globalQuadruples: samples over all ranks, at least 1.
    public func run(
        _ batch: LoadedBatch, globalQuadruples: Int, learningRate: Double
    ) throws -> Outcome {
        let parameters = detector.parameters
        let statistics = objective.statistics
        _ = buffersBefore.withUnsafeMutableBufferPointer { $0.update(fromContentsOf: parameters.buffers) }
        parameters.zeroGradients()
        buckets.begin()
        let report = try context.arena.run("training step on \(batch.samples.count) samples") {
            let images = ImageInput.tensor(of: batch, size: detector.shape.imageSize, context)
            return try objective.step(
                detector, images: images, samples: batch.samples, globalQuadruples: globalQuadruples,
                context)
        }
        let reduced = try buckets.finish(limit: reduceLimit)

        // The reduced gradient and the loss are the same bits on every rank, and so is the decision.
        let norm = gradientNorm(UnsafeBufferPointer(parameters.gradients))
        // Optimisers keep squares of gradients as floats: one that is none would stay for ever.
        let isFinite = Float(norm * norm).isFinite && report.total.isFinite
        if isFinite {
            update(learningRate, scale: clipNorm > 0 ? GradientNorm.clipScale(norm: norm, limit: clipNorm) : 1)
        } else {
            objective.statistics = statistics
            _ = parameters.buffers.update(fromContentsOf: buffersBefore)
        }
        return Outcome(
            report: report, applied: isFinite, gradientNorm: norm, reduceWait: reduced.secondsWaited)
    }

    private func gradientNorm(_ gradient: UnsafeBufferPointer<Float>) -> Double {
        let chunks = FixedChunks.count(of: gradient.count)
        let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: chunks)
        defer { sums.deallocate() }
        context.pool.run(tasks: chunks) { sums[$0] = GradientNorm.sumOfSquares(chunk: $0, of: gradient) }
        return GradientNorm.norm(sumsOfSquares: Array(sums))
    }

    private func update(_ learningRate: Double, scale: Double) {
        let parameters = detector.parameters
        let gradient = UnsafeBufferPointer(parameters.gradients)
        optimizer.beginStep(learningRate: learningRate, gradientScale: scale)
        context.pool.forRanges(parameters.values.count, grain: 1 << 14) { range in
            optimizer.update(range, of: parameters.values, gradient: gradient)
            average?.update(range, with: UnsafeBufferPointer(parameters.values))
        }
    }
}

/// Sums over all ranks of a communicator.
final class CommunicatorReducer: SumReducer {
    private let communicator: Communicator

    init(_ communicator: Communicator) {
        self.communicator = communicator
    }

    func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
        try communicator.allReduceSum(values)
    }
}

/// Pictures as the network's input: pixels scaled to [0, 1], then mean ½ and deviation ½ per channel.
enum ImageInput {
    /// All pictures of a batch, `[A·B, size, size, 3]`, by anchor.
    static func tensor(of batch: LoadedBatch, size: Int, _ context: Context) -> Tensor {
        let images = context.arena.allocate(
            n: batch.samples.count * batch.anchorCount, h: size, w: size, c: 3)
        batch.forEachImage { place, bytes in normalize(bytes, into: images.samples(place..<place + 1)) }
        return images
    }

    static func normalize(_ bytes: UnsafeBufferPointer<UInt8>, into tensor: Tensor) {
        precondition(bytes.count == tensor.count, "ImageInput: \(bytes.count) bytes for \(tensor.count)")
        bw_normalize_bytes(bytes.baseAddress!, tensor.data, tensor.count, 2, -1)
    }
}
