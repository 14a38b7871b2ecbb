// CheckpointWriter.swift — copies and writes checkpoints behind the training. On rank 0.

import Foundation
import Store

/// Writes checkpoints on a thread of its own, one at a time. For one thread.
final class CheckpointWriter: @unchecked Sendable {
    // Unchecked: what changes is guarded by `condition`.

    /// A checkpoint that could not be written.
    struct Failure: Error {
        var step: Int
        var cause: any Error
    }

    private enum Stage { case idle, copying, writing }

    private let folder: CheckpointFolder
    private let beforeCopying: @Sendable () -> Void
    private let condition = NSCondition()
    private var stage = Stage.idle
    private var failure: Failure?

    init(_ folder: CheckpointFolder, beforeCopying: @escaping @Sendable () -> Void) {
        self.folder = folder
        self.beforeCopying = beforeCopying
    }

    /// True until the last one is on the disk, or has failed.
    var isBusy: Bool { condition.withLock { stage != .idle } }

    /// Starts to copy and then to write; waits first until the one before is done.
    func write(_ snapshot: PendingSnapshot, step: Int, isBest: Bool) {
        condition.withLock {
            while stage != .idle { condition.wait() }
            stage = .copying
        }
        Thread.detachNewThread { [self] in
            beforeCopying()
            let contents = snapshot.copy()
            enter(.writing)
            var problem: Failure?
            do {
                try folder.write(contents, step: step, isBest: isBest)
            } catch {
                problem = Failure(step: step, cause: error)
            }
            enter(.idle, problem)
        }
    }

    private func enter(_ next: Stage, _ problem: Failure? = nil) {
        condition.withLock {
            stage = next
            failure = problem ?? failure
            condition.broadcast()
        }
    }

    /// Waits until weights and optimiser state may change: see Note [Copying behind the next step].
    func waitUntilCopied() {
        condition.withLock { while stage == .copying { condition.wait() } }
    }

    /// Waits until nothing is being written.
    func wait() {
        condition.withLock { while stage != .idle { condition.wait() } }
    }

    /// What went wrong since the last call.
    func takeFailure() -> Failure? {
        condition.withLock {
            defer { failure = nil }
            return failure
        }
    }
}
