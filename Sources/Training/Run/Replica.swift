// Replica.swift — one pass of the network over one share of a batch: what a rank computes alone, or one
// of several shards of it.

import Data
import DistributedTraining
import Model
import Tensor

/// A network with its own gradients, activations and statistics. Replicas of a rank share the weights.
final class Replica: @unchecked Sendable {
    // Unchecked: a replica is used by one thread at a time.
    let detector: Detector
    let objective: Objective
    let context: Context

    init(detector: Detector, objective: Objective, context: Context) {
        self.detector = detector
        self.objective = objective
        self.context = context
    }

    /// Forward and backward pass. Collective, by way of the context's reducer; the share may be empty.
    func run(_ share: BatchShare, globalQuadruples: Int) throws -> Objective.Report {
        try context.arena.run("training step on \(share.samples.count) samples") {
            let images = ImageInput.tensor(of: share, size: detector.shape.imageSize, context)
            return try objective.step(
                detector, images: images, samples: share.samples, globalQuadruples: globalQuadruples,
                context)
        }
    }

    /// Takes over what the step before left in another replica: running statistics.
    func follow(_ other: Replica) {
        _ = detector.parameters.buffers.update(fromContentsOf: other.detector.parameters.buffers)
        objective.statistics = other.objective.statistics
    }
}

/// Sums over all shards of all ranks.
final class ShardReducer: SumReducer {
    private let team: ShardTeam
    private let index: Int

    init(_ team: ShardTeam, _ index: Int) {
        self.team = team
        self.index = index
    }

    func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
        try team.sum(values, of: index)
    }
}
