// CommunicationThread.swift — reductions that run while this rank computes.
//
// It knows buffers in a queue; which buffers, and when, is GradientBuckets' business.

import CMPI
import Glibc
import Tensor

/// Sums buffers over all ranks, in the order in which they are handed over, behind the caller's
/// back. One per world; every rank must hand over the same lengths in the same order.
///
/// See Note [Why a thread polls].
///
/// Deterministic: pieces are cut alike on all ranks and the ring adds in an order that depends on
/// the rank count only, so equal input gives equal bits, run after run and on every rank. A sum in the
/// order of a tree does not depend on the rank count either; see `SumOrder`.
public final class CommunicationThread: @unchecked Sendable {
    // Unchecked: all that changes is guarded by `monitor`.

    /// What is done with a buffer, depending on what MPI allows.
    enum Mode {
        /// One rank: the sum is there already.
        case alone
        /// A thread with several reductions in flight.
        case threaded
        /// MPI allows one thread at a time: a blocking reduction inside `wait`.
        case blocking
    }

    /// See Note [How much is under way].
    public static let largestPiece = 4 << 20
    static let segmentBytes = 256 << 10
    /// Microseconds for which the thread sleeps when no piece has landed. See Note [Why a thread polls].
    static let shortestPause: UInt32 = 100
    private let longestPause: UInt32

    let communicator: Communicator
    let mode: Mode
    let monitor = Monitor()
    private let bytesPerPiece: Int
    private var window: FlightWindow
    private var queue: [ReduceWork] = []
    /// Sums that are not MPI's own begun so far: their messages' tags.
    private var stepwiseSums = 0
    private var failure: MPIError?
    private var stopping = false
    private var thread: pthread_t?

    /// - Parameters:
    ///   - bytesPerPiece: nil for what the number of ranks asks for; the same on all ranks.
    ///   - inFlight: nil for as many pieces as the network allows.
    /// - Throws: `MPIError.thread`.
    init(
        communicator: Communicator, threads: ThreadLevel, bytesPerPiece: Int? = nil, inFlight: Int? = nil
    ) throws(MPIError) {
        self.communicator = communicator
        self.bytesPerPiece = bytesPerPiece ?? min(Self.segmentBytes * communicator.size, Self.largestPiece)
        window = FlightWindow(fixed: inFlight)
        longestPause = max(Self.shortestPause, 400 / UInt32(max(communicator.size - 1, 1)))
        mode = communicator.size == 1 ? .alone : threads == .multiple ? .threaded : .blocking
        if mode == .threaded {
            do throws(ThreadStartError) {
                thread = try startThread("reduce") { [self] in run() }
            } catch {
                throw .thread(rank: communicator.rank, error)
            }
        }
    }

    /// One beside the world's, with other sizes, for benchmarks. Collective. It has to be stopped.
    public static func make(in world: World, bytesPerPiece: Int?, inFlight: Int?) throws(MPIError) -> CommunicationThread {
        try CommunicationThread(
            communicator: world.communicator.duplicate(name: "benchmark"), threads: world.threadLevel,
            bytesPerPiece: bytesPerPiece, inFlight: inFlight)
    }

    /// Begins to sum `buffer` over all ranks in place. Returns at once.
    ///
    /// `buffer` holds [N] numbers, N equal on all ranks and possibly 0. It must stay where it is,
    /// untouched, until the result has been waited for. `order` is the same on all ranks.
    public func sum<T: MPIElement>(
        _ buffer: UnsafeMutableBufferPointer<T>, name: String, order: SumOrder = .fastest
    ) -> PendingReduce {
        hand(over: ReduceWork(buffer, name: name, order: order, residual: nil, thread: self))
    }

    /// As `sum`, with half the bytes on the wire: each rank sends bfloat16. What that loses, on the way to
    /// the sum and back, is added to `residual` and takes part in the next sum; see `CompressedSum`.
    /// - Parameter residual: [N], this rank's own; belongs to the sum like `buffer`.
    public func compressedSum(
        _ buffer: UnsafeMutableBufferPointer<Float>, residual: UnsafeMutableBufferPointer<Float>, name: String
    ) -> PendingReduce {
        invariant(residual.count == buffer.count, "\(name): \(residual.count) residuals of \(buffer.count) numbers")
        return hand(
            over: ReduceWork(
                buffer, name: name, order: .fastest, residual: residual.baseAddress, thread: self))
    }

    private func hand(over work: ReduceWork) -> PendingReduce {
        monitor.locked {
            if mode == .alone || work.count == 0 {
                work.finished = monotonicSeconds()
            } else if mode == .threaded {
                invariant(!stopping, "CommunicationThread: \(work.name) was handed over after the end")
                queue.append(work)
                monitor.wakeAll()
            }
        }
        return PendingReduce(work)
    }

    /// True when a reduction has failed or was given up: nothing more can be reduced.
    var hasFailed: Bool { monitor.locked { failure != nil } }

    /// Waits for one piece of work. See `PendingReduce.wait`.
    func wait(
        for work: ReduceWork, limit: Double, missing: () -> String
    ) throws(MPIError) -> ReduceTiming {
        let began = monotonicSeconds()
        if mode == .blocking { try reduceBlocking(work) }
        let outcome = monitor.locked {
            while work.finished == nil && failure == nil && monotonicSeconds() - began < limit {
                monitor.wait(until: began + limit)
            }
            return (finished: work.finished, failure: failure)
        }
        guard let finished = outcome.finished else {
            if let failure = outcome.failure { throw failure }
            // `missing` may take seconds, so it is asked without the lock.
            let stuck = MPIError.stuck(
                rank: communicator.rank, object: work.name, seconds: monotonicSeconds() - began,
                missing: missing())
            fail(stuck)
            throw stuck
        }
        return ReduceTiming(
            name: work.name, bytes: work.count * work.stride,
            secondsInFlight: finished - work.handedOver,
            secondsWaited: monotonicSeconds() - began)
    }

    /// Ends the thread after what has been handed over. False when it cannot end, because a
    /// reduction failed: MPI then cannot be finalized either.
    @discardableResult
    public func stop() -> Bool {
        let joined = monitor.locked {
            stopping = true
            monitor.wakeAll()
            defer { thread = nil }
            return failure == nil ? thread : nil
        }
        if let joined { pthread_join(joined, nil) }
        return !hasFailed
    }

    // MARK: On the thread

    private struct Piece {
        var work: ReduceWork
        var start: UnsafeMutableRawPointer
        var count: Int32
        var request: bw_mpi_request = 0
        var sum: (any StepwiseSum)?
        let started = monotonicSeconds()
    }

    /// Nil for what MPI does by itself.
    private func stepwiseSum(
        of work: ReduceWork, _ start: UnsafeMutableRawPointer, _ count: Int32
    ) -> (any StepwiseSum)? {
        guard work.order == .tree || work.residual != nil else { return nil }
        stepwiseSums += 1
        if let residual = work.residual {
            let first = (start - work.start) / work.stride
            return CompressedSum(
                UnsafeMutableBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: Int(count)),
                residual: residual + first, communicator: communicator, tag: stepwiseSums)
        }
        return TreeSum(
            start, count: Int(count), type: work.type, communicator: communicator, tag: stepwiseSums)
    }

    private func start(_ piece: inout Piece) -> Int32 {
        piece.sum = stepwiseSum(of: piece.work, piece.start, piece.count)
        guard piece.sum == nil else { return 0 }
        return bw_mpi_start_all_reduce(
            piece.start, piece.count, piece.work.type, BW_MPI_SUM, communicator.handle, &piece.request)
    }

    private func test(_ piece: inout Piece, _ done: inout Int32) -> Int32 {
        guard let sum = piece.sum else { return bw_mpi_test(&piece.request, &done) }
        let code = sum.advance()
        done = sum.isDone ? 1 : 0
        return code
    }

    private func run() {
        var inFlight: [Piece] = []
        var pause = Self.shortestPause
        while let started = takePieces(inFlight: inFlight.count) {
            for var piece in started {
                guard passes(start(&piece), "Iallreduce", piece.work) else { return }
                inFlight.append(piece)
            }
            guard let landed = testAll(&inFlight) else { return }
            if landed {
                pause = Self.shortestPause
            } else {
                usleep(pause)
                pause = min(pause * 3 / 2, longestPause)
            }
        }
    }

    /// Takes the pieces that have landed out of those in flight; whether there was one, nil after a failure.
    private func testAll(_ inFlight: inout [Piece]) -> Bool? {
        var running: [Piece] = []
        // One question to MPI moves all its own sums on, and they land in the order of the queue: when one has
        // not, the others needn't be asked.
        var asksMPI = true
        for var piece in inFlight {
            var done: Int32 = 0
            if asksMPI || piece.sum != nil {
                guard passes(test(&piece, &done), "Test", piece.work) else { return nil }
            }
            if done != 0 {
                complete(piece)
            } else {
                running.append(piece)
                asksMPI = false
            }
        }
        defer { inFlight = running }
        return running.count < inFlight.count
    }

    /// The pieces to start now; sleeps while there is nothing to do at all; nil at the end.
    private func takePieces(inFlight: Int) -> [Piece]? {
        monitor.locked {
            while queue.isEmpty && inFlight == 0 && !stopping && failure == nil { monitor.wait() }
            if failure != nil || (queue.isEmpty && inFlight == 0) { return nil }
            var pieces: [Piece] = []
            while inFlight + pieces.count < window.allowed, let work = queue.first,
                let next = work.nextPiece(bytes: bytesPerPiece)
            {
                work.piecesInFlight += 1
                pieces.append(Piece(work: work, start: next.start, count: next.count))
                if work.taken == work.count { queue.removeFirst() }
            }
            return pieces
        }
    }

    private func complete(_ piece: Piece) {
        let work = piece.work
        monitor.locked {
            window.landed(after: monotonicSeconds() - piece.started, rounds: work.rounds(ranks: communicator.size))
            work.piecesInFlight -= 1
            if work.piecesInFlight == 0 && work.taken == work.count {
                work.finished = monotonicSeconds()
                monitor.wakeAll()
            }
        }
    }

    private func passes(_ code: Int32, _ operation: String, _ work: ReduceWork) -> Bool {
        do {
            try check(code, rank: communicator.rank, operation: operation, phase: work.name)
            return true
        } catch {
            fail(error)
            return false
        }
    }

    /// Gives up: every wait for a reduction that has not ended throws the first failure.
    private func fail(_ error: MPIError) {
        monitor.locked {
            failure = failure ?? error
            queue = []
            monitor.wakeAll()
        }
    }

    // MARK: Without a thread

    private func reduceBlocking(_ work: ReduceWork) throws(MPIError) {
        while work.finished == nil, let piece = work.nextPiece(bytes: bytesPerPiece) {
            do {
                if let sum = stepwiseSum(of: work, piece.start, piece.count) {
                    try communicator.complete(sum, "sum in steps", work.name)
                    continue
                }
                try communicator.collective("Allreduce", phase: work.name) {
                    bw_mpi_all_reduce(
                        piece.start, piece.count, work.type, BW_MPI_SUM, communicator.handle)
                }
            } catch {
                fail(error)
                throw error
            }
        }
        monitor.locked { work.finished = work.finished ?? monotonicSeconds() }
    }
}

// Note [Why a thread polls]
// ~~~~~~~~~~~~~~~~~~~~~~~~~
// A non-blocking reduction advances only while somebody is inside an MPI call: Open MPI does
// nothing in the background. The backward pass cannot make such calls often enough, so a thread
// does, on a communicator of its own. Between looks it sleeps: spinning would take the core that a rank computes
// on, and each look costs it some 20 µs. The first pause is 100 µs; with few ranks the next are longer, up to
// 400 µs for two. With many a piece takes many rounds, 2(R − 1), and each waits for a look.

// Note [How much is under way]
// ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
// MPI sends all that goes from one process to another over one connection, in order. Batch norm's small
// sums, which the backward pass stands still for, queue behind the gradients that were handed over before: with
// 16 MB under way 60 ms each on 1 Gbit/s. But a fast network, and memory between the ranks of a host, idle if too
// little is under way between two looks of the thread. So pieces are small (a piece is passed on in as many
// segments as there are ranks: 256 KB each), and their number in flight follows the time that a segment takes:
// see FlightWindow. The sizes of pieces depend on nothing but the number of ranks, as they decide in which order
// a ring adds; how many are in flight leaves no trace in the result.
