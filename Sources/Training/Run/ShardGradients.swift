// ShardGradients.swift — adds up the gradients of a rank's shards as they become ready, and hands each
// sum to the buckets.

import CKernels
import DistributedTraining
import Model
import Synchronization

/// Counts, for each parameter, the shards that have completed its gradient. The last one adds them up in
/// the order of the tree, into the first shard's, and marks the parameter ready.
///
/// See Note [Why a tree over shards] in SumOrder.swift.
final class ShardGradients: @unchecked Sendable {
    // Unchecked: `pending` guards itself and the buckets; a gradient belongs to its shard until that has
    // said that it is ready, and to the last shard from then on.
    private let shards: [Parameters]
    private let buckets: GradientBuckets
    private let pending: Mutex<[Int]>

    init(_ shards: [Parameters], _ buckets: GradientBuckets) {
        self.shards = shards
        self.buckets = buckets
        pending = Mutex(Array(repeating: shards.count, count: shards[0].slots.count))
    }

    func begin() {
        pending.withLock { pending in
            for index in pending.indices { pending[index] = shards.count }
        }
    }

    /// Says that one more shard has completed the gradient of a parameter. From any shard's thread.
    func ready(_ parameter: Int) {
        let isLast = pending.withLock { pending in
            pending[parameter] -= 1
            return pending[parameter] == 0
        }
        guard isLast else { return }
        addUp(shards[0].slots[parameter].range)
        pending.withLock { _ in buckets.markReady(parameter) }
    }

    private func addUp(_ range: Range<Int>) {
        var distance = 1
        while distance < shards.count {
            for index in stride(from: 0, to: shards.count, by: 2 * distance) {
                bw_add_scaled(
                    shards[index].gradients.baseAddress! + range.lowerBound,
                    shards[index + distance].gradients.baseAddress! + range.lowerBound, range.count, 1)
            }
            distance *= 2
        }
    }
}
