// SampleKey.swift — what tells a use of a training sample from all others.

/// One use of one sample. Every random draw for it is keyed by this, never by its place in a batch,
/// so that it comes out the same whatever the rank count, thread count or order.
public struct SampleKey: Hashable, Sendable {
    public var epoch: Int
    /// The sample's number in its dataset.
    public var sample: Int
    @inlinable
    public init(epoch: Int, sample: Int) {
        self.epoch = epoch
        self.sample = sample
    }
}
