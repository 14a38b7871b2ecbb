// Communicator+Reduce.swift — sums, maxima and minima over all ranks, blocking.
//
// For gradients, which are large and can be summed behind the backward pass, see GradientBuckets.

import CMPI

extension Communicator {
    /// Joins the ranks' buffers element by element, in place; every rank ends with the same bits.
    ///
    /// `buffer` holds [N] numbers, N equal on all ranks; 0 does nothing. A rank with nothing to
    /// give passes the operation's neutral element. Any N: what MPI cannot count goes in parts.
    public func allReduce<T: MPIElement>(
        _ reduction: Reduction, _ buffer: UnsafeMutableBufferPointer<T>,
        phase: String = "all-reduce"
    ) throws(MPIError) {
        guard size > 1 else { return }
        for part in parts(of: buffer.count) {
            try collective("Allreduce", phase: phase) {
                bw_mpi_all_reduce(
                    buffer.baseAddress! + part.lowerBound, Int32(part.count), T.mpiType,
                    reduction.mpiOp, handle)
            }
        }
    }

    /// The sum over all ranks, in place. See `allReduce`.
    public func allReduceSum<T: MPIElement>(
        _ buffer: UnsafeMutableBufferPointer<T>, phase: String = "all-reduce"
    ) throws(MPIError) {
        try allReduce(.sum, buffer, phase: phase)
    }

    /// As on buffers, for a few numbers.
    public func allReduce<T: MPIElement>(
        _ reduction: Reduction, _ values: [T], phase: String = "all-reduce"
    ) throws(MPIError) -> [T] {
        var result = values
        try result.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
            try allReduce(reduction, buffer, phase: phase)
        }
        return result
    }

    /// One number from each rank, joined.
    public func allReduce<T: MPIElement>(
        _ reduction: Reduction, _ value: T, phase: String = "all-reduce"
    ) throws(MPIError) -> T {
        try allReduce(reduction, [value], phase: phase)[0]
    }

    /// Throws on all ranks, or on none, when `bytes` differ between ranks.
    /// - Parameters:
    ///   - object: what the bytes are, for the message, such as "the configuration".
    ///   - remedy: what the user should do about it.
    ///
    /// Cost: one all-reduce of 16 bytes; a 64-bit hash stands for the bytes.
    public func requireSame(
        _ bytes: some Sequence<UInt8>, object: String, remedy: String
    ) throws(MPIError) {
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // Shifted right so that the negative exists: max(h) and −max(−h) = min(h) in one call.
        let own = Int64(hash >> 1)
        let ends = try allReduce(.maximum, [own, -own], phase: "compare \(object)")
        if ends[0] != -ends[1] {
            throw .ranksDiffer(rank: rank, object: object, remedy: remedy)
        }
    }

    /// 0 ..< count cut at multiples of the most that one call may move.
    func parts(of count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: callLimit).map { $0..<min($0 + callLimit, count) }
    }
}
