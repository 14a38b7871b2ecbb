// TrainStep.swift — one optimisation step on all ranks: forward, backward, reduce, update.
//
// Nothing here reads data, writes files or decides when to stop.

import Data
import CKernels
import DistributedTraining
import Model
import Tensor

/// The state that training changes, and the step that changes it.
///
/// All ranks hold equal copies: gradients are summed over ranks, and the same update follows. With
/// `shards` the share of a rank is computed in as many parts, side by side, and everything is added up
/// in an order that does not depend on ranks or threads: see Note [Why a tree over shards].
public final class TrainStep {
    public struct Outcome: Sendable {
        public var report: Objective.Report
        /// False when the loss or a gradient was not finite: then nothing was updated, on any rank.
        public var applied: Bool
        /// Norm of the whole gradient before clipping.
        public var gradientNorm: Double
        /// How this rank's sums of gradients went.
        public var reduction: ReduceStatistics
        /// Seconds in sums of statistics over ranks, the waiting for later ranks included.
        public var statisticsWait: Double
        /// Seconds that the update waited for `beforeUpdate`.
        public var updateWait: Double
    }

    /// What may be slow, and how slow.
    public struct Limits: Sendable {
        /// Seconds; infinity for no limit.
        public var forward = Double.infinity
        public var backward = Double.infinity
        /// Of one bucket.
        public var reduce = Double.infinity
        public init() {}
    }

    public var detector: Detector { replicas[0].detector }
    public var objective: Objective { replicas[0].objective }
    public let optimizer: any Optimizer
    /// Averaged weights, if wanted.
    public let average: WeightAverage?
    /// Called before the weights change: what still reads them has to be done.
    public var beforeUpdate: () throws -> Void = {}
    private let pool: ThreadPool
    private let replicas: [Replica]
    private let team: ShardTeam?
    private let buckets: GradientBuckets
    private let shardGradients: ShardGradients?
    /// Seconds in sums of statistics so far.
    private let secondsInSums: () -> Double
    private let clipNorm: Double
    private let limits: Limits
    private let phases: PhaseBoard
    /// Running statistics of batch norm before the step, for one that is not applied.
    private var buffersBefore: [Float]

    /// Collective: compares the parameters' layout between ranks.
    /// - Parameters:
    ///   - makeNetwork: a detector and its objective; the detector uses the weights of the one given.
    ///   - shards: of the whole job, has to fit the ranks (`ShardTeam.fits`); 0 for none.
    ///   - compresses: whether steps that are not exact send bfloat16; not with shards.
    ///   - products: how the layers' products are computed that gain by it, on this rank.
    ///   - clipNorm: largest norm of the gradient, 0 for no limit.
    public init(
        detector: Detector, objective: Objective,
        makeReplica: (Detector) throws -> (detector: Detector, objective: Objective),
        optimizer: any Optimizer, average: WeightAverage?, shards: Int, compresses: Bool, clipNorm: Double, limits: Limits,
        pool: ThreadPool, world: World, seed: UInt64, recomputes: Bool = false,
        products: Products = .float32
    ) throws {
        self.optimizer = optimizer
        self.average = average
        self.clipNorm = clipNorm
        self.limits = limits
        self.pool = pool
        phases = world.phases
        buffersBefore = Array(detector.parameters.buffers)
        team = shards > 0
            ? try ShardTeam(shards: shards, threads: pool.threadCount, communicator: world.communicator) : nil
        if let team {
            replicas = try (0..<team.shards.count).map { index in
                let network = index == 0 ? (detector, objective) : try makeReplica(detector)
                return Replica(
                    detector: network.0, objective: network.1,
                    context: Context(
                        parameters: network.0.parameters, reducer: ShardReducer(team, index)))
            }
            secondsInSums = { team.secondsBetweenRanks }
        } else {
            let reducer = CommunicatorReducer(world.communicator)
            secondsInSums = { reducer.seconds }
            replicas = [
                Replica(
                    detector: detector, objective: objective,
                    context: Context(
                        pool: pool, parameters: detector.parameters, reducer: reducer))
            ]
        }
        buckets = try GradientBuckets(
            gradients: detector.parameters.gradients,
            parameters: detector.parameters.slots.map { ($0.name, $0.range) },
            order: team == nil ? .fastest : .tree, compresses: compresses, world: world)
        shardGradients = team == nil ? nil : ShardGradients(replicas.map(\.detector.parameters), buckets)
        for replica in replicas {
            replica.context.seed = seed
            replica.context.recomputes = recomputes
            replica.context.products = products
        }
    }

    /// One step on this rank's share. Collective; a share may be empty, the batch may not.
    /// - Parameters:
    ///   - shares: of this rank's shards in their order; one without shards.
    ///   - globalQuadruples: samples over all ranks, at least 1.
    ///   - exact: see `GradientBuckets.begin`.
    public func run(
        _ shares: [BatchShare], globalQuadruples: Int, learningRate: Double, exact: Bool = true
    ) throws -> Outcome {
        precondition(shares.count == replicas.count, "TrainStep: \(shares.count) shares of \(replicas.count)")
        let parameters = detector.parameters
        let statistics = objective.statistics
        _ = buffersBefore.withUnsafeMutableBufferPointer { $0.update(fromContentsOf: parameters.buffers) }
        for replica in replicas.dropFirst() { replica.follow(replicas[0]) }
        let secondsBefore = secondsInSums()
        buckets.begin(exact: exact)
        let report = try compute(shares, globalQuadruples)
        let reduction = try buckets.finish(limit: limits.reduce)

        // The reduced gradient and the loss are the same bits on every rank, and so is the decision.
        let norm = gradientNorm(UnsafeBufferPointer(parameters.gradients))
        // Optimisers keep squares of gradients as floats: one that is none would stay for ever.
        let isFinite = Float(norm * norm).isFinite && report.total.isFinite
        var updateWait = 0.0
        if isFinite {
            let start = ContinuousClock.now
            try beforeUpdate()
            updateWait = (ContinuousClock.now - start).seconds
            update(learningRate, scale: clipNorm > 0 ? GradientNorm.clipScale(norm: norm, limit: clipNorm) : 1)
        } else {
            buckets.forgetResidual()
            objective.statistics = statistics
            _ = parameters.buffers.update(fromContentsOf: buffersBefore)
        }
        return Outcome(
            report: report, applied: isFinite, gradientNorm: norm, reduction: reduction,
            statisticsWait: secondsInSums() - secondsBefore, updateWait: updateWait)
    }

    /// Forward and backward pass of all replicas; gradients go to the buckets as they become ready.
    private func compute(_ shares: [BatchShare], _ globalQuadruples: Int) throws -> Objective.Report {
        let passPhases = PassPhases(phases, limits)
        defer { passPhases.end() }
        guard let team, let shardGradients else {
            replicas[0].context.gradientReady = { [buckets] in
                passPhases.gradientIsReady()
                buckets.markReady($0)
            }
            defer { replicas[0].context.gradientReady = { _ in } }
            replicas[0].detector.parameters.zeroGradients()
            return try replicas[0].run(shares[0], globalQuadruples: globalQuadruples)
        }
        shardGradients.begin()
        var report: Objective.Report?
        for replica in replicas {
            replica.context.gradientReady = {
                passPhases.gradientIsReady()
                shardGradients.ready($0)
            }
        }
        defer { for replica in replicas { replica.context.gradientReady = { _ in } } }
        try team.run { [replicas] index in
            replicas[index].detector.parameters.zeroGradients()
            let own = try replicas[index].run(shares[index], globalQuadruples: globalQuadruples)
            // All have the same; the first runs on this thread.
            if index == 0 { report = own }
        }
        return report!
    }

    private func gradientNorm(_ gradient: UnsafeBufferPointer<Float>) -> Double {
        let chunks = FixedChunks.count(of: gradient.count)
        let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: chunks)
        defer { sums.deallocate() }
        pool.run(tasks: chunks) { sums[$0] = GradientNorm.sumOfSquares(chunk: $0, of: gradient) }
        return GradientNorm.norm(sumsOfSquares: Array(sums))
    }

    private func update(_ learningRate: Double, scale: Double) {
        let parameters = detector.parameters
        let gradient = UnsafeBufferPointer(parameters.gradients)
        optimizer.beginStep(learningRate: learningRate, gradientScale: scale)
        pool.forRanges(parameters.values.count, grain: 1 << 14) { range in
            optimizer.update(range, of: parameters.values, gradient: gradient)
            average?.update(range, with: UnsafeBufferPointer(parameters.values))
        }
    }
}

/// Sums over all ranks of a communicator.
final class CommunicatorReducer: SumReducer {
    private let communicator: Communicator
    /// In all sums so far.
    private(set) var seconds = 0.0

    init(_ communicator: Communicator) {
        self.communicator = communicator
    }

    var leavesTime: Bool { communicator.size > 1 }

    func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
        try sum(values) {}
    }

    func sum(_ values: UnsafeMutableBufferPointer<Double>, meanwhile work: () throws -> Void) throws {
        seconds += try communicator.treeSum(values, meanwhile: work)
    }
}

/// Pictures as the network's input: pixels scaled to [0, 1], then mean ½ and deviation ½ per channel.
enum ImageInput {
    /// All pictures of a share, `[A·B, size, size, 3]`, by anchor.
    static func tensor(of batch: BatchShare, size: Int, _ context: Context) -> Tensor {
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
