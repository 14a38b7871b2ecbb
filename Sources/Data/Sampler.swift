// Sampler.swift — which sample comes when, for any number of ranks.
//
// Note [One stream of samples]
// Training goes over one stream: the permutation of epoch 0, then that of epoch 1, and so on. Step k
// takes positions k·B … (k+1)·B − 1 of it, across the border of epochs, and only the very last batch
// may be short. So every sample is seen exactly once an epoch, whatever B is, and the whole state of
// the sampler is one number. A rank's share is a contiguous piece of the batch: the stream does not
// know how many ranks there are.

import Tensor

/// Positions of a training run to samples. A value: all ranks hold the same one.
public struct Sampler: Sendable {
    /// N, samples of an epoch.
    public let sampleCount: Int
    /// B, quadruples of a step over all ranks.
    public let globalBatch: Int
    public let epochs: Int
    private let seed: UInt64
    private var permutation: (epoch: Int, order: [Int32])

    public init(sampleCount: Int, globalBatch: Int, epochs: Int, seed: UInt64) {
        precondition(sampleCount > 0 && globalBatch > 0 && epochs > 0)
        self.sampleCount = sampleCount
        self.globalBatch = globalBatch
        self.epochs = epochs
        self.seed = seed
        permutation = (-1, [])
    }

    /// Positions of the whole run.
    public var positions: Int { sampleCount * epochs }
    /// Steps of the whole run.
    public var totalSteps: Int { (positions + globalBatch - 1) / globalBatch }
    /// Steps of an epoch, rounded up.
    public var stepsPerEpoch: Int { (sampleCount + globalBatch - 1) / globalBatch }
    /// The epoch that a step starts in.
    public func epoch(ofStep step: Int) -> Int { min(step * globalBatch / sampleCount, epochs - 1) }

    /// The samples of one step; none after the last.
    public mutating func batch(_ step: Int) -> [SampleKey] {
        share(step, rank: 0, ranks: 1)
    }

    /// One rank's share of a step; may be empty.
    public mutating func share(_ step: Int, rank: Int, ranks: Int) -> [SampleKey] {
        cut(step, rank, of: ranks).map { key(at: step * globalBatch + $0) }
    }

    /// How a rank's share falls into those of its shards: places in the share, one range for each of its
    /// `shards` ÷ `ranks` shards. The same cuts as if each shard were a rank.
    public func shardCuts(_ step: Int, rank: Int, ranks: Int, shards: Int) -> [Range<Int>] {
        let first = cut(step, rank, of: ranks).lowerBound
        return (shards * rank / ranks..<shards * (rank + 1) / ranks).map {
            let cut = cut(step, $0, of: shards)
            return cut.lowerBound - first..<cut.upperBound - first
        }
    }

    /// Places in the step's batch of one of `parts` parts.
    private func cut(_ step: Int, _ part: Int, of parts: Int) -> Range<Int> {
        let count = max(0, min(globalBatch, positions - step * globalBatch))
        return count * part / parts..<count * (part + 1) / parts
    }

    private mutating func key(at position: Int) -> SampleKey {
        let epoch = position / sampleCount
        if permutation.epoch != epoch {
            var random = Philox(seed: seed, stream: .shuffle, epoch: epoch)
            permutation = (epoch, random.shuffled(0..<Int32(sampleCount)))
        }
        return SampleKey(epoch: epoch, sample: Int(permutation.order[position % sampleCount]))
    }
}
