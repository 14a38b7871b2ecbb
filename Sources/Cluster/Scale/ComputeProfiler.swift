// ComputeProfiler.swift — measures a ComputeProfile: the backbone's training step on random images; and the
// same step with its reductions, to check the model against.

import DistributedTraining
import Model

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

    /// Steps of all ranks together, each beside one in which every rank computed by itself, all at the same time.
    public struct Together: Codable, Equatable, Sendable {
        /// Of the slowest rank; medians over the steps.
        public var computingSeconds: Double
        /// The same if the ranks had met at each sum and lost no time in it: of each stretch between two sums the
        /// slowest rank's. What lies between the two is the ranks' uneven speed, not the network.
        public var inStepSeconds: Double
        public var stepSeconds: Double
        public var sumForwardSeconds: Double
        public var sumBackwardSeconds: Double
        public var reduceWaitSeconds: Double
        /// What rank 0's threads worked longer than alone, and the system for them.
        public var processorSeconds: Double
        /// The joint step over the slowest rank's computing just before: the median, and the quartiles of the pairs.
        public var overComputing: Double
        public var overComputingLow: Double
        public var overComputingHigh: Double
        /// The joint step over what it took alone, in step: what the network costs.
        public var overInStep: Double
    }

    /// Runs `steps` steps and two to warm up. Times are medians.
    /// - Returns: nil for an architecture that there is not.
    public func alone(steps: Int) throws -> ComputeProfile? {
        guard let architecture = Architecture(rawValue: arch) else { return nil }
        let step = try profiled(architecture, world: nil)
        for _ in 0..<2 { _ = try step.run(joint: false) }
        return profile(of: step, try (0..<steps).map { _ in try step.run(joint: false) })
    }

    /// Collective: pairs of steps, first each rank by itself, then with gradients, and batch norm, summed over all
    /// ranks; after a pair to warm up.
    /// - Returns: what this rank measured alone, and all ranks together; nil for an architecture that there is not.
    public func compare(pairs: Int, world: World) throws -> (profile: ComputeProfile, together: Together)? {
        guard let architecture = Architecture(rawValue: arch) else { return nil }
        let step = try profiled(architecture, world: world)
        var alone: [ProfiledStep.Times] = []
        var joint: [ProfiledStep.Times] = []
        for pair in 0...pairs {
            let times = (try step.run(joint: false), try step.run(joint: true))
            guard pair > 0 else { continue }
            alone.append(times.0)
            joint.append(times.1)
        }
        func slowest(_ times: [ProfiledStep.Times], _ value: (ProfiledStep.Times) -> Double) throws -> [Double] {
            try world.communicator.allReduce(.maximum, times.map(value), phase: "collect times")
        }
        let computing = try slowest(alone) { $0.computing }
        let inStep = try alone.map { times in
            try world.communicator.allReduce(.maximum, times.intervals, phase: "collect times").reduce(0, +)
        }
        let whole = try slowest(joint) { $0.whole }
        let quotients = zip(whole, computing).map { $0 / $1 }
        let together = Together(
            computingSeconds: quantile(0.5, computing), inStepSeconds: quantile(0.5, inStep), stepSeconds: quantile(0.5, whole),
            sumForwardSeconds: quantile(0.5, try slowest(joint) { $0.sumsForward }),
            sumBackwardSeconds: quantile(0.5, try slowest(joint) { $0.sumsBackward }),
            reduceWaitSeconds: quantile(0.5, try slowest(joint) { $0.reduceWait }),
            processorSeconds: quantile(0.5, zip(joint, alone).map { $0.processor - $1.processor }),
            overComputing: quantile(0.5, quotients), overComputingLow: quantile(0.25, quotients),
            overComputingHigh: quantile(0.75, quotients),
            overInStep: quantile(0.5, zip(whole, inStep).map { $0 / $1 }))
        return (profile(of: step, alone), together)
    }

    private func profiled(_ architecture: Architecture, world: World?) throws -> ProfiledStep {
        try ProfiledStep(architecture, size: size, images: images, threads: threads, sync: sync, world: world)
    }

    private func profile(of step: ProfiledStep, _ times: [ProfiledStep.Times]) -> ComputeProfile {
        func median(_ value: (ProfiledStep.Times) -> Double) -> Double { quantile(0.5, times.map(value)) }
        let buckets = GradientBuckets.layOut(
            step.parameters.slots.map { ($0.name, $0.range) }, bucketBytes: GradientBuckets.defaultBucketBytes)
        // Buckets go in order: one that is ready early waits for those before it.
        var last = 0.0
        return ComputeProfile(
            arch: arch, size: size, images: images, threads: threads, forwardSeconds: median { $0.forward },
            backwardSeconds: median { $0.backward }, updateSeconds: median { $0.update },
            buckets: buckets.map { bucket in
                last = max(last, median { times in bucket.parameters.map { times.ready[$0] }.max() ?? 0 })
                return .init(bytes: bucket.range.count * 4, readySeconds: last)
            }, sumsForward: step.sumsForward, sumsBackward: step.sumsBackward)
    }
}

/// The value that the share `q` of them does not exceed; `values` is not empty.
private func quantile(_ q: Double, _ values: [Double]) -> Double {
    values.sorted()[Int(q * Double(values.count - 1) + 0.5)]
}
