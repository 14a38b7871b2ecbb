// Communicator+Share.swift — data that travels unchanged: broadcast and gather.

import CMPI

extension Communicator {
    /// Fills `buffer` on every rank with the root's content.
    ///
    /// `buffer` holds [N] numbers, N equal on all ranks; any N, 0 does nothing.
    public func broadcast<T: MPIElement>(
        _ buffer: UnsafeMutableBufferPointer<T>, root: Int = 0, phase: String = "broadcast"
    ) throws(MPIError) {
        invariant(0..<size ~= root, "broadcast: root \(root) of \(size) ranks")
        guard size > 1 else { return }
        for part in parts(of: buffer.count) {
            try collective("Bcast", phase: phase) {
                bw_mpi_broadcast(
                    buffer.baseAddress! + part.lowerBound, Int32(part.count), T.mpiType,
                    Int32(root), handle)
            }
        }
    }

    /// The root's `values`, on every rank. Only the root's argument matters: the others need not
    /// know the length.
    public func broadcast<T: MPIElement>(
        _ values: [T], root: Int = 0, phase: String = "broadcast"
    ) throws(MPIError) -> [T] {
        guard size > 1 else { return values }
        var count = [values.count]
        try count.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
            try broadcast(buffer, root: root, phase: phase)
        }
        var result = values
        if rank != root {
            result = zeros(count[0], like: values)
        }
        try result.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
            try broadcast(buffer, root: root, phase: phase)
        }
        return result
    }

    /// Every rank's share at the root, nil elsewhere. Shares may differ in length and be empty.
    ///
    /// Throws on all ranks alike when the sum of the lengths is more than MPI can count.
    public func gather<T: MPIElement & Equatable>(
        _ share: [T], root: Int = 0, phase: String = "gather"
    ) throws(MPIError) -> Gathered<T>? {
        invariant(0..<size ~= root, "gather: root \(root) of \(size) ranks")
        let layout = try shareLayout(of: share.count, operation: "gather", phase: phase)
        var received = zeros(rank == root ? layout.total : 0, like: share)
        try collective("Gatherv", phase: phase) {
            received.withUnsafeMutableBufferPointer { received in
                share.withUnsafeBufferPointer { share in
                    bw_mpi_gather(
                        share.baseAddress, Int32(share.count), received.baseAddress,
                        layout.counts, layout.offsets, T.mpiType, Int32(root), handle)
                }
            }
        }
        guard rank == root else { return nil }
        return Gathered(values: received, counts: layout.counts.map(Int.init))
    }

    /// Every rank's share on every rank. Shares may differ in length and be empty.
    ///
    /// Throws on all ranks alike when the sum of the lengths is more than MPI can count.
    public func allGather<T: MPIElement & Equatable>(
        _ share: [T], phase: String = "all-gather"
    ) throws(MPIError) -> Gathered<T> {
        let layout = try shareLayout(of: share.count, operation: "all-gather", phase: phase)
        return Gathered(
            values: try allGather(share, layout, phase: phase),
            counts: layout.counts.map(Int.init))
    }

    /// How the shares lie one behind the other; MPI's own integers.
    private struct ShareLayout {
        var counts: [Int32]
        var offsets: [Int32]
        var total: Int
    }

    private func allGather<T: MPIElement>(
        _ share: [T], _ layout: ShareLayout, phase: String
    ) throws(MPIError) -> [T] {
        var received = zeros(layout.total, like: share)
        try collective("Allgatherv", phase: phase) {
            received.withUnsafeMutableBufferPointer { received in
                share.withUnsafeBufferPointer { share in
                    bw_mpi_all_gather(
                        share.baseAddress, Int32(share.count), received.baseAddress,
                        layout.counts, layout.offsets, T.mpiType, handle)
                }
            }
        }
        return received
    }

    /// Asks every rank for its length, so that all ranks see alike whether it is too much.
    private func shareLayout(
        of count: Int, operation: String, phase: String
    ) throws(MPIError) -> ShareLayout {
        let one = ShareLayout(
            counts: .init(repeating: 1, count: size), offsets: .init(0..<Int32(size)), total: size)
        let counts = try allGather([count], one, phase: phase)
        let total = counts.reduce(0, +)
        // The displacements are Int32 too, so it is the total that must fit.
        guard total <= min(callLimit, Int(Int32.max)) else {
            throw .tooLarge(rank: rank, operation: operation, phase: phase, elements: total)
        }
        var offsets: [Int32] = []
        var next: Int32 = 0
        for count in counts {
            offsets.append(next)
            next += Int32(count)
        }
        return ShareLayout(counts: counts.map(Int32.init), offsets: offsets, total: total)
    }

    /// [count] zeros of the element type of the second argument.
    private func zeros<T: MPIElement>(_ count: Int, like _: [T]) -> [T] {
        [T](unsafeUninitializedCapacity: count) { memory, initialized in
            UnsafeMutableRawBufferPointer(memory).initializeMemory(as: UInt8.self, repeating: 0)
            initialized = count
        }
    }
}
