// PassPhases.swift — forward, then backward: what the watchdog sees of a pass through the network.

import DistributedTraining
import Synchronization

/// The two phases of one pass. The first gradient that is ready tells that the backward pass has begun.
final class PassPhases: Sendable {
    private let phases: PhaseBoard
    private let backwardLimit: Double
    private let current: Mutex<PhaseBoard.Token?>
    private let isForward = Atomic<Bool>(true)

    init(_ phases: PhaseBoard, _ limits: TrainStep.Limits) {
        self.phases = phases
        backwardLimit = limits.backward
        current = Mutex(phases.enter("forward", limit: limits.forward))
    }

    /// From any thread, at every gradient: all calls but the first cost next to nothing.
    func gradientIsReady() {
        guard isForward.exchange(false, ordering: .relaxed) else { return }
        current.withLock {
            if let forward = $0 { phases.leave(forward) }
            $0 = phases.enter("backward", limit: backwardLimit)
        }
    }

    func end() {
        current.withLock {
            if let last = $0 { phases.leave(last) }
            $0 = nil
        }
    }
}
