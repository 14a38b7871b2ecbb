// ProfiledStep.swift — one rank's training step of a backbone on random images, by itself or with the other
// ranks, with a clock at each of its parts.

import DistributedTraining
import Glibc
import Model
import Tensor

/// For one thread. The gradients, and batch norm where it is synchronized, are summed in steps that are joint.
final class ProfiledStep {
    /// Seconds of one step on this rank.
    struct Times {
        var forward = 0.0
        var backward = 0.0
        var update = 0.0
        /// In the small sums of each pass; part of these.
        var sumsForward = 0.0
        var sumsBackward = 0.0
        /// For gradients, after the backward pass.
        var reduceWait = 0.0
        /// All of it, from the barrier on.
        var whole = 0.0
        /// Of all threads of this process, the system's work for it included.
        var processor = 0.0
        /// [sums + 1] of computing, each up to a sum and the last up to the step's end.
        var intervals: [Double] = []
        /// [parameters] from the begin of the backward pass until the gradient was there.
        var ready: [Double]

        var computing: Double { forward + backward + update }
    }

    let parameters = Parameters()
    private(set) var sumsForward = 0
    private(set) var sumsBackward = 0
    private let network: EfficientNet
    private let context: Context
    private let sums = TimedSums()
    private let adam: Adam
    private let size: Int
    private let images: Int
    private let pixels: [Float]
    private let world: World?
    private let gradients: GradientBuckets?

    /// Collective in a world.
    /// - Parameters:
    ///   - images: of the rank's share.
    ///   - world: whose ranks joint steps are made with.
    init(
        _ architecture: Architecture, size: Int, images: Int, threads: Int, sync: Bool, world: World?
    ) throws {
        (self.size, self.images, self.world) = (size, images, world)
        network = EfficientNet(
            parameters, "backbone", architecture, imageSize: size, padding: .symmetric,
            batchNorm: .init(momentum: 0.01, epsilon: 1e-3, synchronized: sync), stochasticDepth: 0.2)
        parameters.allocate(seed: 1)
        context = Context(pool: try ThreadPool(threads: threads), parameters: parameters, reducer: sums)
        context.mode = .training
        context.sampleKeys = (0..<images).map { SampleKey(epoch: 0, sample: $0) }
        adam = try Adam(ranges: DecayRanges(count: parameters.values.count))
        var random = Philox(seed: 2, stream: .test)
        pixels = (0..<images * size * size * 3).map { _ in random.normal() }
        gradients = try world.map { [parameters] in
            try GradientBuckets(
                gradients: parameters.gradients, parameters: parameters.slots.map { ($0.name, $0.range) }, world: $0)
        }
    }

    /// One step; collective in a world, whether joint or not: the ranks begin together.
    func run(joint: Bool) throws -> Times {
        let gradients = joint ? gradients : nil
        var times = Times(ready: [Double](repeating: 0, count: parameters.slots.count))
        parameters.zeroGradients()
        try world?.communicator.barrier(phase: "begin a step")
        sums.begin(joint ? world?.communicator : nil)
        let (begin, busy) = (monotonicSeconds(), Self.processorSeconds)
        gradients?.begin()
        try context.arena.run(joint ? "joint step" : "step alone") {
            let x = context.arena.allocate(n: images, h: size, w: size, c: 3)
            _ = x.buffer.update(fromContentsOf: pixels)
            let features = try network.forward(x, context)
            let middle = monotonicSeconds()
            times.forward = middle - begin
            sumsForward = sums.count
            times.sumsForward = sums.seconds
            context.gradientReady = {
                times.ready[$0] = monotonicSeconds() - middle
                gradients?.markReady($0)
            }
            defer { context.gradientReady = { _ in } }
            // The features' own values stand in for a gradient.
            context.arena.release(try network.backward(features, context))
            times.backward = monotonicSeconds() - middle
            sumsBackward = sums.count - sumsForward
        }
        let computed = monotonicSeconds()
        _ = try gradients?.finish()
        let reduced = monotonicSeconds()
        times.reduceWait = reduced - computed
        adam.beginStep(learningRate: 1e-5, gradientScale: 1)
        context.pool.forRanges(parameters.values.count, grain: 1 << 14) { [adam, parameters] in
            adam.update($0, of: parameters.values, gradient: UnsafeBufferPointer(parameters.gradients))
        }
        times.update = monotonicSeconds() - reduced
        times.whole = monotonicSeconds() - begin
        times.processor = Self.processorSeconds - busy
        times.sumsBackward = sums.seconds - times.sumsForward
        times.intervals = sums.intervals + [monotonicSeconds() - sums.last]
        return times
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    }

    private final class TimedSums: SumReducer {
        var count = 0
        var seconds = 0.0
        var intervals: [Double] = []
        /// End of the last sum, or begin of the step.
        var last = 0.0
        private var communicator: Communicator?

        func begin(_ communicator: Communicator?) {
            (count, seconds, intervals, last) = (0, 0, [], monotonicSeconds())
            self.communicator = communicator
        }

        var leavesTime: Bool { communicator != nil }

        func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
            try sum(values) {}
        }

        func sum(_ values: UnsafeMutableBufferPointer<Double>, meanwhile work: () throws -> Void) throws {
            count += 1
            intervals.append(monotonicSeconds() - last)
            defer { last = monotonicSeconds() }
            guard let communicator else { return try work() }
            seconds += try communicator.treeSum(values, meanwhile: work)
        }
    }
}
