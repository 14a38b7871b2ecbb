// StepVerification.swift — one step's forward and backward pass on given tensors, nothing drawn at
// random: what `blendway verify-step` does, for comparison with other frameworks.
//
// B quadruples of the whole batch, of which this rank has b; rows of the results are in the batch's order.

import DistributedTraining
import Foundation
import Interchange
import Model
import Store
import Tensor

/// Runs the step on all ranks, each with a part of the batch, and writes what came out on rank 0.
public struct StepVerification {
    public struct Options: Sendable {
        public var architecture = Architecture.b4
        /// Batch statistics and their update; without, running statistics. Gradients are computed in any case.
        public var isTraining = true
        /// `key=value` of the network or its losses, winning over what the weights say.
        public var overrides: [String] = []
        /// 0 is the host's cores divided by its ranks.
        public var threads = 0
        public init() {}
    }

    public struct Summary: Codable, Sendable {
        public var names: String
        public var quadruples: Int
        public var losses: [String: Double]
        public var gradients: Int
        public var buffers: Int
    }

    let weights: WeightFile
    let batch: StepBatch
    let options: Options
    let world: World
    let configuration: RunConfiguration

    /// Opens both files on every rank.
    /// - Throws: `InterchangeError`, `StoreError`, `ConfigurationError`.
    public init(weights: String, batch: String, options: Options, world: World) throws {
        self.weights = try WeightFile(weights)
        self.batch = try StepBatch(batch)
        self.options = options
        self.world = world
        let settings = self.weights.settings(for: options.architecture)
            + ["model.stochastic_depth=0", "losses.orientation=0", "data.size=\(self.batch.size)"]
        configuration = try RunConfiguration.load(
            yaml: "", source: "the defaults",
            overrides: settings + self.batch.lossSettings() + options.overrides)
    }

    /// Collective. The summary on rank 0, nil on the others.
    /// - Parameter out: the HDF5 file, replaced whole or not at all.
    public func run(to out: String) throws -> Summary? {
        let pool = try ComputeThreads(requested: options.threads, world).pool
        return weights.isWholeDetector ? try runDetector(pool, to: out) : try runBackbone(pool, to: out)
    }

    /// This rank's part of `count`.
    func share(of count: Int) -> Range<Int> {
        count * world.rank / world.size..<count * (world.rank + 1) / world.size
    }

    func context(_ parameters: Parameters, _ pool: ThreadPool) -> Context {
        let context = Context(
            pool: pool, parameters: parameters, reducer: CommunicatorReducer(world.communicator))
        context.mode = options.isTraining ? .training : .frozen
        context.products = Products(configuration.train.precision)
        return context
    }

    /// Runs `body`, which makes no collective calls; throws on all ranks if it does on one.
    func together<Result>(_ doing: String, _ body: () throws -> Result) throws -> Result {
        var failure: (any Error)?
        var result: Result?
        do { result = try body() } catch { failure = error }
        try world.communicator.requireSuccess(failure, while: doing)
        return result!
    }

    // MARK: The whole detector

    private func runDetector(_ pool: ThreadPool, to out: String) throws -> Summary? {
        guard batch.count % 4 == 0 else {
            throw StoreError.invalid(
                file: "the batch", object: "/images", problem: "\(batch.count) images are no quadruples r…r s…s c…c f…f")
        }
        let quadruples = batch.count / 4
        let mine = share(of: quadruples)
        let (detector, objective) = try configuration.makeDetector()
        let parameters = detector.parameters
        let (channels, side) = (detector.shape.featureChannels, detector.mapSize)
        let given = try together("reading the batch") {
            _ = try weights.load(into: parameters, of: detector.shape)
            let images = try (0..<4).flatMap { anchor in
                try batch.images(anchor * quadruples + mine.lowerBound..<anchor * quadruples + mine.upperBound)
            }
            return (
                images, try batch.lambdas(mine, quadruples: quadruples),
                try batch.noise(mine, quadruples: quadruples, mapSize: side, channels: channels)
            )
        }
        let context = context(parameters, pool)
        let arena = context.arena
        // By name, each in blocks of this rank's quadruples.
        var results: [(name: String, shape: [Int], blocks: Int, values: [Float])] = []
        let report = try arena.run("verify") {
            let images = tensor(given.0, n: 4 * mine.count, h: batch.size, w: batch.size, c: 3, arena)
            let noise = given.2.map { tensor($0, n: mine.count, h: side, w: side, c: channels, arena) }
            return try objective.evaluate(
                detector, images: images, draws: .init(lambdas: given.1, noise: noise),
                globalQuadruples: quadruples, context
            ) { outputs in
                for (head, logits) in zip(objective.heads, outputs.logits) {
                    results.append(("logits/" + head.name, [logits.c], 7, Array(logits.buffer)))
                }
                results.append(("logits/final", [2], 7, Array(outputs.finalLogits.buffer)))
                let features = outputs.features.samples(0..<4 * mine.count)
                results.append(("features", [side, side, channels], 4, Array(features.buffer)))
            }
        }
        var losses = Dictionary(uniqueKeysWithValues: report.terms.map { ($0.name, $0.value) })
        losses["total"] = report.total
        return try finish(
            parameters, detector.shape, try results.map { ($0.name, $0.shape, try collect($0.values, blocks: $0.blocks)) },
            losses: losses, quadruples: quadruples, to: out)
    }

    // MARK: A backbone alone

    /// The gradients are those of ⟨features, /feature_gradients⟩.
    private func runBackbone(_ pool: ThreadPool, to out: String) throws -> Summary? {
        let objective = try Objective(
            configuration.objectiveOptions, featureChannels: configuration.model.featureChannels)
        let shape = configuration.detectorShape(for: objective)
        let parameters = Parameters()
        let backbone = EfficientNet(
            parameters, "backbone", shape.architecture, imageSize: batch.size, padding: shape.padding,
            batchNorm: shape.batchNorm, stochasticDepth: 0)
        parameters.allocate(seed: 0)
        let mine = share(of: batch.count)
        let (side, channels) = (Detector.mapSize(of: shape), shape.architecture.featureChannels)
        let given = try together("reading the batch") {
            _ = try weights.load(into: parameters, of: shape)
            return (
                try batch.images(mine),
                try batch.rows("feature_gradients", mine, shape: [batch.count, side, side, channels])
            )
        }
        let context = context(parameters, pool)
        let arena = context.arena
        var features: [Float] = []
        try arena.run("verify") {
            let images = tensor(given.0, n: mine.count, h: batch.size, w: batch.size, c: 3, arena)
            let output = try backbone.forward(images, context)
            features = Array(output.buffer)
            arena.release(output)
            let gradient = tensor(given.1, n: mine.count, h: side, w: side, c: channels, arena)
            arena.release(try backbone.backward(gradient, context))
        }
        return try finish(
            parameters, shape, [("features", [side, side, channels], try collect(features, blocks: 1))],
            losses: [:], quadruples: 0, to: out)
    }

    // MARK: Results

    private func tensor(_ values: [Float], n: Int, h: Int, w: Int, c: Int, _ arena: Arena) -> Tensor {
        let tensor = arena.allocate(n: n, h: h, w: w, c: c)
        _ = tensor.buffer.update(fromContentsOf: values)
        return tensor
    }

    /// All ranks' values on rank 0, each of `blocks` blocks in the order of the ranks.
    private func collect(_ values: [Float], blocks: Int) throws -> [Float]? {
        guard let all = try world.communicator.gather(values, phase: "gather results") else { return nil }
        var joined: [Float] = []
        for block in 0..<blocks {
            for rank in 0..<world.size {
                let share = Array(all[rank])
                joined += share[share.count / blocks * block..<share.count / blocks * (block + 1)]
            }
        }
        return joined
    }

    private func finish(
        _ parameters: Parameters, _ shape: DetectorShape, _ results: [(name: String, shape: [Int], values: [Float]?)],
        losses: [String: Double], quadruples: Int, to out: String
    ) throws -> Summary? {
        try world.communicator.allReduceSum(parameters.gradients, phase: "sum gradients")
        var summary: Summary?
        try together("writing \(out)") {
            guard world.rank == 0 else { return }
            let gradients = WeightExport.gradients(of: parameters, shape, asIn: weights)
            let buffers = WeightExport.buffers(of: parameters, shape, asIn: weights)
            try AtomicFile.write(to: out) { temporary in
                let file = try HDF5File.create(temporary, reportedAs: out)
                for (name, shape, values) in results {
                    try write(values!, shape: [values!.count / max(shape.reduce(1, *), 1)] + shape, to: name, file)
                }
                if !losses.isEmpty {
                    let group = try file.root.makeGroup("losses")
                    for (name, value) in losses.sorted(by: { $0.key < $1.key }) {
                        try group.write([value], to: name, shape: [])
                    }
                }
                for array in gradients { try write(array.values, shape: array.shape, to: "gradients/" + array.name, file) }
                for array in buffers { try write(array.values, shape: array.shape, to: "buffers/" + array.name, file) }
                try writeCounters(file)
                try file.close()
            }
            summary = Summary(
                names: weights.scheme.rawValue, quadruples: quadruples, losses: losses,
                gradients: gradients.count, buffers: buffers.count)
        }
        return summary
    }

    /// PyTorch's counters of batches, one more after a step in training.
    private func writeCounters(_ file: HDF5File) throws {
        for name in weights.file.names where name.hasSuffix(".num_batches_tracked") {
            let values = try weights.file.integers(name).map { $0 &+ (options.isTraining ? 1 : 0) }
            try file.root.makeGroup("buffers").write(values, to: name, shape: weights.file.shape(of: name)!)
        }
    }

    private func write(_ values: [Float], shape: [Int], to path: String, _ file: HDF5File) throws {
        let slash = path.firstIndex(of: "/")
        let group = try slash.map { try file.root.makeGroup(String(path[..<$0])) } ?? file.root
        try group.write(values, to: slash.map { String(path[path.index(after: $0)...]) } ?? path, shape: shape)
    }
}
