// PendingReduce.swift — a reduction in flight, as a value that cannot be forgotten.

/// A buffer that is being summed over all ranks. It must be waited for exactly once: until then
/// the buffer belongs to MPI and may be neither read, written nor freed.
///
/// The compiler forbids copies and a second wait; dropping the value without a wait stops the
/// program, as the buffer could be freed under MPI's hands.
public struct PendingReduce: ~Copyable, Sendable {
    // Unmanaged, as a value that holds references cannot be discarded in `wait`.
    private let work: Unmanaged<ReduceWork>

    init(_ work: ReduceWork) {
        self.work = .passRetained(work)
    }

    deinit {
        let work = work.takeRetainedValue()
        // After a failure the ranks are out of step and nobody can wait any more.
        invariant(
            work.thread.hasFailed, "PendingReduce: \(work.name) was dropped and not waited for")
    }

    /// What is being reduced, as errors name it.
    public var name: String { work._withUnsafeGuaranteedRef { $0.name } }

    /// Waits until the sum is in the buffer.
    ///
    /// - Parameters:
    ///   - limit: seconds after which `.stuck` is thrown. The buffer is lost then, and nothing but
    ///     ending the job makes sense.
    ///   - missing: asked then who is behind, such as "rank 1 gives no sign of life".
    /// - Returns: how long the reduction took and how much of that this call waited.
    public consuming func wait(
        limit: Double = .infinity, missing: () -> String = { "" }
    ) throws(MPIError) -> ReduceTiming {
        let work = work.takeRetainedValue()
        discard self
        return try work.thread.wait(for: work, limit: limit, missing: missing)
    }
}

/// How long one reduction took.
public struct ReduceTiming: Sendable {
    /// What was reduced.
    public var name: String
    public var bytes: Int
    /// Seconds from the hand-over to the communication thread until the sum was there.
    public var secondsInFlight: Double
    /// Seconds that the waiting thread stood still for it. Less than the above: it was hidden.
    public var secondsWaited: Double
}
