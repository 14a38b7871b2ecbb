// StepwiseSum.swift — a sum over ranks that is not MPI's own: what the communication thread asks of it.

/// A sum in flight. Somebody has to call `advance` until it is done.
protocol StepwiseSum: AnyObject {
    var isDone: Bool { get }
    /// Does what can be done without waiting. Returns MPI's code, 0 for success.
    func advance() -> Int32
}
