// ReduceWork.swift — one buffer on its way through the communication thread.

import CMPI

/// A buffer to be summed over all ranks in place, and how far that has come.
///
/// Unchecked: `start`, `count`, `type` and `name` never change; the rest is touched only under the
/// communication thread's monitor. The memory is the caller's and stays put until the wait ends.
final class ReduceWork: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let count: Int
    let stride: Int
    let type: bw_mpi_type
    /// For errors and phases: "bucket 5 (blocks.11.se)".
    let name: String
    let order: SumOrder
    /// What compression has lost so far, [count]; nil for sums that lose nothing.
    let residual: UnsafeMutablePointer<Float>?
    let thread: CommunicationThread
    let handedOver = monotonicSeconds()

    /// Elements that have been cut off as pieces so far.
    var taken = 0
    var piecesInFlight = 0
    /// When the sum was in the buffer; nil while it is not.
    var finished: Double?

    init<T: MPIElement>(
        _ buffer: UnsafeMutableBufferPointer<T>, name: String, order: SumOrder,
        residual: UnsafeMutablePointer<Float>?, thread: CommunicationThread
    ) {
        // A null address is fine for an empty buffer: it is finished before anyone looks.
        start = UnsafeMutableRawPointer(buffer.baseAddress) ?? UnsafeMutableRawPointer(bitPattern: 16)!
        count = buffer.count
        stride = MemoryLayout<T>.stride
        type = T.mpiType
        self.name = name
        self.order = order
        self.residual = residual
        self.thread = thread
    }

    /// How often a piece is passed on, one round after the other.
    func rounds(ranks: Int) -> Int {
        if residual != nil { return 2 }
        return order == .tree ? 2 * (Int.bitWidth - 1 - ranks.leadingZeroBitCount) : 2 * (ranks - 1)
    }

    /// The next piece of at most `bytes`, nil when all have been taken. Every rank cuts alike:
    /// the bounds depend on nothing but the buffer's length.
    func nextPiece(bytes: Int) -> (start: UnsafeMutableRawPointer, count: Int32)? {
        guard taken < count else { return nil }
        let pieceCount = min(max(bytes / stride, 1), count - taken)
        defer { taken += pieceCount }
        return (start + taken * stride, Int32(pieceCount))
    }
}
