// TreeSum.swift — one sum over ranks in the order of a binary tree, step by step, without blocking.

import CMPI

// N numbers, R ranks (a power of two).

/// Replaces a buffer by its sum over all ranks, added as `SumOrder.tree` says. Somebody has to call
/// `advance` until it is done.
///
/// Long buffers are halved at each of log₂ R levels (each half is added up on one side) and put together
/// again on the way back: 2·(1 − 1/R)·N numbers go over the wire each way, as in a ring, in fewer
/// messages. Short ones are exchanged whole. The bits are the same either way, on every rank.
final class TreeSum: StepwiseSum {
    /// Up to this many numbers latency matters more than bytes.
    private static let exchangedWhole = 4096

    private let start: UnsafeMutableRawPointer
    private let type: bw_mpi_type
    private let stride: Int
    private let communicator: Communicator
    private let tag: Int32
    private let levels: Int
    private let isHalved: Bool
    /// The part of the buffer that this rank adds up at each level; first, all of it.
    private var kept: [Range<Int>]
    private let scratch: UnsafeMutableRawPointer
    /// Levels up the tree, then down again if halved.
    private var stage = 0
    private var sending: bw_mpi_request = 0
    private var receiving: bw_mpi_request = 0
    private var isUnderWay = false
    private var hasSent = false
    private var hasReceived = false

    /// - Parameter tag: tells this sum's messages from those of others in flight on the communicator;
    ///   the same on all ranks.
    init(
        _ start: UnsafeMutableRawPointer, count: Int, type: bw_mpi_type, communicator: Communicator, tag: Int
    ) {
        invariant(
            type == BW_MPI_FLOAT || type == BW_MPI_DOUBLE, "TreeSum: only floating-point numbers are added in order")
        invariant(
            communicator.size.nonzeroBitCount == 1, "TreeSum: \(communicator.size) ranks are no power of two")
        self.start = start
        self.type = type
        stride = type == BW_MPI_FLOAT ? 4 : 8
        self.communicator = communicator
        self.tag = Int32(tag % 32768)
        levels = communicator.size.trailingZeroBitCount
        isHalved = count > Self.exchangedWhole
        kept = [0..<count]
        scratch = .allocate(byteCount: max(1, isHalved ? (count + 1) / 2 : count) * stride, alignment: 64)
    }

    deinit { scratch.deallocate() }

    private var stages: Int { isHalved ? 2 * levels : levels }
    var isDone: Bool { stage == stages }

    /// Does what can be done without waiting. Returns MPI's code, 0 for success.
    func advance() -> Int32 {
        while !isDone {
            if !isUnderWay {
                let code = begin()
                guard code == 0 else { return code }
            }
            for (request, isOver) in [(\TreeSum.sending, \TreeSum.hasSent), (\.receiving, \.hasReceived)]
            where !self[keyPath: isOver] {
                var done: Int32 = 0
                let code = bw_mpi_test(&self[keyPath: request], &done)
                guard code == 0 else { return code }
                self[keyPath: isOver] = done != 0
            }
            guard hasSent && hasReceived else { return 0 }
            end()
        }
        return 0
    }

    /// The level of a stage, counted from the leaves.
    private var level: Int { stage < levels ? stage : 2 * levels - 1 - stage }
    private var isGoingUp: Bool { stage < levels }
    private var partner: Int32 { Int32(communicator.rank ^ (1 << level)) }
    private var isLower: Bool { communicator.rank & (1 << level) == 0 }

    /// What `range` is cut into at this level: our part and our partner's.
    private func halves(of range: Range<Int>) -> (ours: Range<Int>, theirs: Range<Int>) {
        let middle = range.lowerBound + range.count / 2
        let (lower, upper) = (range.lowerBound..<middle, middle..<range.upperBound)
        return isLower ? (lower, upper) : (upper, lower)
    }

    private func begin() -> Int32 {
        (isUnderWay, hasSent, hasReceived) = (true, false, false)
        var (send, receive) = (kept[0], kept[0])
        var target = scratch
        if isHalved {
            let (ours, theirs) = halves(of: kept[level])
            (send, receive) = isGoingUp ? (theirs, ours) : (ours, theirs)
            if !isGoingUp { target = start + receive.lowerBound * stride }
        }
        let code = bw_mpi_start_receive(
            target, Int32(receive.count), type, partner, tag, communicator.handle, &receiving)
        guard code == 0 else { return code }
        return bw_mpi_start_send(
            start + send.lowerBound * stride, Int32(send.count), type, partner, tag, communicator.handle,
            &sending)
    }

    private func end() {
        isUnderWay = false
        if isGoingUp {
            let sum = isHalved ? halves(of: kept[level]).ours : kept[0]
            add(sum)
            if isHalved { kept.append(sum) }
        }
        stage += 1
    }

    /// a + b is b + a to the bit, so both sides of an exchange get the same.
    private func add(_ range: Range<Int>) {
        func add<T: FloatingPoint>(_: T.Type) {
            let own = start.assumingMemoryBound(to: T.self) + range.lowerBound
            let other = scratch.assumingMemoryBound(to: T.self)
            for i in 0..<range.count { own[i] += other[i] }
        }
        if type == BW_MPI_FLOAT { add(Float.self) } else { add(Double.self) }
    }
}
