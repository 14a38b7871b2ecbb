// ComputeProfiler.swift — measures a ComputeProfile: the backbone's training step on random images; and the
// same step with its reductions, to check the model against.

import DistributedTraining
import Foundation
import Model
import Tensor

public struct ComputeProfiler {
    public var arch: String
    public var size: Int
    /// A step and rank.
    public var images: Int
    public var threads: Int
    /// Batch norm over all ranks, whose sums are counted.
    public var sync: Bool

    public init(arch: String, size: Int, images: Int, threads: Int, sync: Bool) {
        self.arch = arch
        self.size = size
        self.images = images
        self.threads = threads
        self.sync = sync
    }

    /// What steps with all ranks took; medians, of the slowest rank in each step.
    public struct Together: Codable, Equatable, Sendable {
        public var stepSeconds: Double
        public var reduceWaitSeconds: Double
    }

    /// Runs `steps` steps and two to warm up, each rank by itself. Times are medians.
    /// - Returns: nil for an architecture that there is not.
    public func alone(steps: Int) throws -> ComputeProfile? { try measure(steps: steps, world: nil)?.profile }

    /// Collective: steps with gradients, and batch norm, summed over all ranks.
    public func together(steps: Int, world: World) throws -> Together? { try measure(steps: steps, world: world)?.together }

    private func measure(steps: Int, world: World?) throws -> (profile: ComputeProfile, together: Together)? {
        guard let architecture = Architecture(rawValue: arch) else { return nil }
        let parameters = Parameters()
        let network = EfficientNet(
            parameters, "backbone", architecture, imageSize: size, padding: .symmetric,
            batchNorm: .init(momentum: 0.01, epsilon: 1e-3, synchronized: sync), stochasticDepth: 0.2)
        parameters.allocate(seed: 1)
        let sums = CountingReducer(world?.communicator)
        let context = Context(pool: ThreadPool(threads: threads), parameters: parameters, reducer: sums)
        context.mode = .training
        context.sampleKeys = (0..<images).map { SampleKey(epoch: 0, sample: $0) }
        let adam = try Adam(ranges: DecayRanges(count: parameters.values.count))
        var random = Philox(seed: 2, stream: .test)
        let pixels = (0..<images * size * size * 3).map { _ in random.normal() }

        let reduction = try world.map {
            try GradientBuckets(
                gradients: parameters.gradients, parameters: parameters.slots.map { ($0.name, $0.range) }, world: $0)
        }
        var start = ContinuousClock.now
        var ready = [Double](repeating: 0, count: parameters.slots.count)
        context.gradientReady = {
            ready[$0] = Self.seconds(since: start)
            reduction?.markReady($0)
        }
        var waits: [Double] = []
        var whole: [Double] = []
        var times: [(forward: Double, backward: Double, update: Double, ready: [Double])] = []
        var counts = (forward: 0, backward: 0)
        for _ in 0..<steps + 2 {
            parameters.zeroGradients()
            sums.count = 0
            try world?.communicator.barrier(phase: "begin a step")
            let begin = ContinuousClock.now
            start = begin
            reduction?.begin()
            var forward = 0.0
            try context.arena.run("profile") {
                let x = context.arena.allocate(n: images, h: size, w: size, c: 3)
                _ = x.buffer.update(fromContentsOf: pixels)
                let features = try network.forward(x, context)
                forward = Self.seconds(since: start)
                counts.forward = sums.count
                start = .now
                // The features' own values stand in for a gradient.
                context.arena.release(try network.backward(features, context))
            }
            counts.backward = sums.count - counts.forward
            let backward = Self.seconds(since: start)
            start = .now
            _ = try reduction?.finish()
            waits.append(Self.seconds(since: start))
            start = .now
            adam.beginStep(learningRate: 1e-5, gradientScale: 1)
            context.pool.forRanges(parameters.values.count, grain: 1 << 14) {
                adam.update($0, of: parameters.values, gradient: UnsafeBufferPointer(parameters.gradients))
            }
            times.append((forward, backward, Self.seconds(since: start), ready))
            whole.append(Self.seconds(since: begin))
        }
        if let world {
            whole = try world.communicator.allReduce(.maximum, whole, phase: "collect times")
            waits = try world.communicator.allReduce(.maximum, waits, phase: "collect times")
        }
        func medianAfterWarmUp(_ values: [Double]) -> Double { values.dropFirst(2).sorted()[(values.count - 2) / 2] }
        let together = Together(
            stepSeconds: medianAfterWarmUp(whole), reduceWaitSeconds: medianAfterWarmUp(waits))
        times.removeFirst(2)
        func median(_ value: (Int) -> Double) -> Double { times.indices.map(value).sorted()[times.count / 2] }

        let buckets = GradientBuckets.layOut(
            parameters.slots.map { ($0.name, $0.range) }, bucketBytes: GradientBuckets.defaultBucketBytes)
        // Buckets go in order: one that is ready early waits for those before it.
        var last = 0.0
        let profile = ComputeProfile(
            arch: arch, size: size, images: images, threads: threads,
            forwardSeconds: median { times[$0].forward }, backwardSeconds: median { times[$0].backward },
            updateSeconds: median { times[$0].update },
            buckets: buckets.map { bucket in
                last = max(last, median { step in bucket.parameters.map { times[step].ready[$0] }.max() ?? 0 })
                return .init(bytes: bucket.range.count * 4, readySeconds: last)
            }, sumsForward: counts.forward, sumsBackward: counts.backward)
        return (profile, together)
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    private final class CountingReducer: SumReducer {
        var count = 0
        private let communicator: Communicator?

        init(_ communicator: Communicator?) { self.communicator = communicator }

        func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
            count += 1
            try communicator?.allReduceSum(values, phase: "sum statistics")
        }
    }
}
