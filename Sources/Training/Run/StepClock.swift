// StepClock.swift — where the time of one step went, on this rank.

/// Started when the step starts.
final class StepClock {
    private let start = ContinuousClock.now
    private(set) var dataWait = 0.0
    private(set) var total = 0.0

    /// The batch is there.
    func loaded() {
        dataWait = elapsed
    }

    /// The update is done.
    func finished() {
        total = elapsed
    }

    private var elapsed: Double { (ContinuousClock.now - start).seconds }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
