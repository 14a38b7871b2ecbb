// CommunicationThread.swift — reductions that run while this rank computes.
//
// It knows buffers in a queue; which buffers, and when, is GradientBuckets' business.

import CMPI
import Glibc

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

    /// A piece of 4 MiB reduced fastest of those measured (70 MB: 19 ms, whole 35–85 ms).
    public static let pieceBytes = 4 << 20
    /// Enough to keep a network busy while one piece is being added up.
    static let maximumInFlight = 4
    /// How long the thread sleeps when no piece has moved: the ranks need the core.
    static let pollMicroseconds: UInt32 = 100

    let communicator: Communicator
    let mode: Mode
    let monitor = Monitor()
    private let bytesPerPiece: Int
    private var queue: [ReduceWork] = []
    /// Sums in the order of a tree begun so far: their messages' tags.
    private var treeSums = 0
    private var failure: MPIError?
    private var stopping = false
    private var thread: pthread_t?

    init(
        communicator: Communicator, threads: ThreadLevel,
        bytesPerPiece: Int = CommunicationThread.pieceBytes
    ) {
        self.communicator = communicator
        self.bytesPerPiece = bytesPerPiece
        mode = communicator.size == 1 ? .alone : threads == .multiple ? .threaded : .blocking
        if mode == .threaded {
            thread = startThread("reduce") { [self] in run() }
        }
    }

    /// Begins to sum `buffer` over all ranks in place. Returns at once.
    ///
    /// `buffer` holds [N] numbers, N equal on all ranks and possibly 0. It must stay where it is,
    /// untouched, until the result has been waited for. `order` is the same on all ranks.
    public func sum<T: MPIElement>(
        _ buffer: UnsafeMutableBufferPointer<T>, name: String, order: SumOrder = .fastest
    ) -> PendingReduce {
        let work = ReduceWork(buffer, name: name, order: order, thread: self)
        monitor.locked {
            if mode == .alone || buffer.isEmpty {
                work.finished = monotonicSeconds()
            } else if mode == .threaded {
                invariant(!stopping, "CommunicationThread: \(name) was handed over after the end")
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
    func stop() -> Bool {
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
        var tree: TreeSum?
    }

    private func start(_ piece: inout Piece) -> Int32 {
        let work = piece.work
        guard work.order == .tree else {
            return bw_mpi_start_all_reduce(
                piece.start, piece.count, work.type, BW_MPI_SUM, communicator.handle, &piece.request)
        }
        treeSums += 1
        piece.tree = TreeSum(
            piece.start, count: Int(piece.count), type: work.type, communicator: communicator, tag: treeSums)
        return 0
    }

    private func test(_ piece: inout Piece, _ done: inout Int32) -> Int32 {
        guard let tree = piece.tree else { return bw_mpi_test(&piece.request, &done) }
        let code = tree.advance()
        done = tree.isDone ? 1 : 0
        return code
    }

    private func run() {
        var inFlight: [Piece] = []
        while let started = takePieces(inFlight: inFlight.count) {
            for var piece in started {
                guard passes(start(&piece), "Iallreduce", piece.work) else { return }
                inFlight.append(piece)
            }
            // Completions in the order of the queue: what the backward pass waits for first.
            var moved = false
            var running: [Piece] = []
            for var piece in inFlight {
                var done: Int32 = 0
                guard passes(test(&piece, &done), "Test", piece.work) else { return }
                if done != 0 {
                    moved = true
                    complete(piece.work)
                } else {
                    running.append(piece)
                }
            }
            inFlight = running
            if !moved { usleep(Self.pollMicroseconds) }
        }
    }

    /// The pieces to start now; sleeps while there is nothing to do at all; nil at the end.
    private func takePieces(inFlight: Int) -> [Piece]? {
        monitor.locked {
            while queue.isEmpty && inFlight == 0 && !stopping && failure == nil { monitor.wait() }
            if failure != nil || (queue.isEmpty && inFlight == 0) { return nil }
            var pieces: [Piece] = []
            while inFlight + pieces.count < Self.maximumInFlight, let work = queue.first,
                let next = work.nextPiece(bytes: bytesPerPiece)
            {
                work.piecesInFlight += 1
                pieces.append(Piece(work: work, start: next.start, count: next.count))
                if work.taken == work.count { queue.removeFirst() }
            }
            return pieces
        }
    }

    private func complete(_ work: ReduceWork) {
        monitor.locked {
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
                if work.order == .tree {
                    try communicator.treeSum(
                        piece.start, count: Int(piece.count), type: work.type, work.name)
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
// does, on a communicator of its own. It sleeps 100 µs between looks: spinning would take the core
// that a rank computes on, and sleeping longer leaves the network idle between the ring's steps.
