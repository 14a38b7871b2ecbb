// TreeSum.swift — one sum over ranks in the order of a binary tree, step by step, without blocking.

import CMPI

// N numbers, R ranks, P the largest power of two up to R.

/// Replaces a buffer by its sum over all ranks, added as `SumOrder.tree` says. Somebody has to call
/// `advance` until it is done. The bits are the same on every rank.
///
/// Long buffers are halved at each of log₂ P levels (each half is added up on one side) and put together
/// again on the way back: 2·(1 − 1/P)·N numbers go over the wire each way, as in a ring, in fewer
/// messages. Short ones are exchanged whole. The bits are the same either way. Where R is no power of two,
/// rank P + i first gives all its numbers to rank i and gets the sum from it at the end.
final class TreeSum: StepwiseSum {
    /// Up to this many numbers latency matters more than bytes.
    private static let exchangedWhole = 4096

    /// One exchange with one rank; either way may be missing.
    struct Step {
        var partner: Int
        var send: Range<Int>?
        var receive: Range<Int>?
        /// Whether what comes is added to what is there, or takes its place.
        var adds: Bool
    }

    private let start: UnsafeMutableRawPointer
    private let type: bw_mpi_type
    private let stride: Int
    private let communicator: Communicator
    private let tag: Int32
    private let steps: [Step]
    private let scratch: UnsafeMutableRawPointer
    private var next = 0
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
        self.start = start
        self.type = type
        stride = type == BW_MPI_FLOAT ? 4 : 8
        self.communicator = communicator
        self.tag = Int32(tag % 32768)
        steps = Self.steps(
            count: count, rank: communicator.rank, ranks: communicator.size, halves: count > Self.exchangedWhole)
        let added = steps.lazy.filter(\.adds).compactMap { $0.receive?.count }.max() ?? 0
        scratch = .allocate(byteCount: max(1, added) * stride, alignment: 64)
    }

    deinit { scratch.deallocate() }

    /// What `rank` does, in order.
    static func steps(count: Int, rank: Int, ranks: Int, halves: Bool) -> [Step] {
        let levels = Int.bitWidth - 1 - ranks.leadingZeroBitCount
        let (paired, all) = (1 << levels, 0..<count)
        if rank >= paired {
            let partner = rank - paired
            return [
                Step(partner: partner, send: all, receive: nil, adds: false),
                Step(partner: partner, send: nil, receive: all, adds: false),
            ]
        }
        let extra = rank + paired < ranks ? rank + paired : nil
        var steps: [Step] = []
        if let extra { steps.append(Step(partner: extra, send: nil, receive: all, adds: true)) }
        var kept = all
        for level in 0..<levels {
            let partner = rank ^ (1 << level)
            guard halves else {
                steps.append(Step(partner: partner, send: all, receive: all, adds: true))
                continue
            }
            let middle = kept.lowerBound + kept.count / 2
            let parts = (kept.lowerBound..<middle, middle..<kept.upperBound)
            let (ours, theirs) = rank < partner ? parts : (parts.1, parts.0)
            steps.append(Step(partner: partner, send: theirs, receive: ours, adds: true))
            kept = ours
        }
        if halves {
            // Back again: each gives what it has added up, and gets the other half.
            steps += steps.suffix(levels).reversed().map {
                Step(partner: $0.partner, send: $0.receive, receive: $0.send, adds: false)
            }
        }
        if let extra { steps.append(Step(partner: extra, send: all, receive: nil, adds: false)) }
        return steps
    }

    var isDone: Bool { next == steps.count }

    /// Does what can be done without waiting. Returns MPI's code, 0 for success.
    func advance() -> Int32 {
        while !isDone {
            if !isUnderWay {
                let code = begin(steps[next])
                guard code == 0 else { return code }
            }
            var code = test(&sending, &hasSent)
            if code == 0 { code = test(&receiving, &hasReceived) }
            guard code == 0 else { return code }
            guard hasSent && hasReceived else { return 0 }
            isUnderWay = false
            if steps[next].adds, let range = steps[next].receive { add(range) }
            next += 1
        }
        return 0
    }

    private func test(_ request: inout bw_mpi_request, _ isOver: inout Bool) -> Int32 {
        guard !isOver else { return 0 }
        var done: Int32 = 0
        let code = bw_mpi_test(&request, &done)
        isOver = done != 0
        return code
    }

    private func begin(_ step: Step) -> Int32 {
        (isUnderWay, hasSent, hasReceived) = (true, step.send == nil, step.receive == nil)
        if let range = step.receive {
            let code = bw_mpi_start_receive(
                step.adds ? scratch : start + range.lowerBound * stride, Int32(range.count), type,
                Int32(step.partner), tag, communicator.handle, &receiving)
            guard code == 0 else { return code }
        }
        guard let range = step.send else { return 0 }
        return bw_mpi_start_send(
            start + range.lowerBound * stride, Int32(range.count), type, Int32(step.partner), tag,
            communicator.handle, &sending)
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
