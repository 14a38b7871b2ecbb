// SumReducer.swift — how computation that spans ranks asks for a sum, without knowing of ranks.

/// Adds a vector over everyone who takes part in the step.
///
/// Batch norm, the anchor statistics and the loss counts are defined on the whole cluster's batch.
/// They reach it through this protocol only, so that the model knows nothing of MPI and a test can
/// stand in for a cluster.
public protocol SumReducer: AnyObject {
    /// Replaces `values` by their sum over all participants. Collective: every participant calls it
    /// with the same count, in the same order, also when its own share of the batch is empty.
    func sum(_ values: UnsafeMutableBufferPointer<Double>) throws
    /// Whether the sum takes time in which its caller could do something else.
    var leavesTime: Bool { get }
    /// As `sum`, to the bit, with `work` done while the sum is under way. `work` asks for no sums, and
    /// leaves `values` alone.
    func sum(_ values: UnsafeMutableBufferPointer<Double>, meanwhile work: () throws -> Void) throws
}

extension SumReducer {
    public var leavesTime: Bool { false }
    public func sum(_ values: UnsafeMutableBufferPointer<Double>, meanwhile work: () throws -> Void) throws {
        try work()
        try sum(values)
    }
}

/// The reducer of a single process: the sum over one participant.
public final class LocalReducer: SumReducer, Sendable {
    public init() {}
    public func sum(_ values: UnsafeMutableBufferPointer<Double>) {}
}
