// Communicator+Tree.swift — blocking sums over ranks in a fixed order.

import CMPI
import Glibc

extension Communicator {
    /// Replaces `buffer` by its sum over all ranks, added in the order of `SumOrder.tree`; every rank ends
    /// with the same bits. Where ranks are a power of two, these do not depend on how many share the leaves of
    /// the tree.
    ///
    /// `buffer` holds [N] numbers, N equal on all ranks; 0 does nothing.
    public func treeSum(
        _ buffer: UnsafeMutableBufferPointer<Double>, phase: String = "sum in order"
    ) throws(MPIError) {
        try treeSum(UnsafeMutableRawPointer(buffer.baseAddress), count: buffer.count, type: BW_MPI_DOUBLE, phase)
    }

    /// As on doubles.
    public func treeSum(
        _ buffer: UnsafeMutableBufferPointer<Float>, phase: String = "sum in order"
    ) throws(MPIError) {
        try treeSum(UnsafeMutableRawPointer(buffer.baseAddress), count: buffer.count, type: BW_MPI_FLOAT, phase)
    }

    /// As `treeSum`, for up to some thousand numbers, with `work` done while they are under way: whoever is late,
    /// and a network that is full, then cost nothing but what they take longer than the work.
    /// - Parameter work: leaves `buffer` alone and enters no collective of this communicator.
    /// - Returns: seconds for which this rank stood still.
    @discardableResult
    public func treeSum(
        _ buffer: UnsafeMutableBufferPointer<Double>, phase: String = "sum statistics",
        meanwhile work: () throws -> Void
    ) throws -> Double {
        guard size > 1, let start = buffer.baseAddress else {
            try work()
            return 0
        }
        let sum = TreeSum(start, count: buffer.count, type: BW_MPI_DOUBLE, communicator: self, tag: 0)
        try check(sum.advance(), rank: rank, operation: "begin of a sum", phase: phase)
        try work()
        let began = monotonicSeconds()
        try complete(sum, "sum beside work", phase)
        return monotonicSeconds() - began
    }

    func treeSum(
        _ start: UnsafeMutableRawPointer?, count: Int, type: bw_mpi_type, _ phase: String
    ) throws(MPIError) {
        guard size > 1, let start else { return }
        for part in parts(of: count) {
            let sum = TreeSum(
                start + part.lowerBound * (type == BW_MPI_FLOAT ? 4 : 8), count: part.count, type: type,
                communicator: self, tag: 0)
            try complete(sum, "sum in the order of a tree", phase)
        }
    }

    /// Takes part in a sum until it is done.
    func complete(_ sum: any StepwiseSum, _ operation: String, _ phase: String) throws(MPIError) {
        try collective(operation, phase: phase) {
            while true {
                let code = sum.advance()
                if code != 0 || sum.isDone { return code }
                // As MPI's own collectives do: the partner may need this core.
                sched_yield()
            }
        }
    }
}
