// ShardTeam.swift — a rank's virtual shards, each on a thread of its own, and the sums that they share.
//
// It knows bodies and numbers; what a shard computes is the trainer's business.

import Glibc
import Tensor

// S shards of the whole job, R ranks.

/// Runs the same work for each of this rank's S ÷ R shards, side by side, and adds up numbers over all
/// shards of all ranks in one order. See Note [Why a tree over shards].
///
/// A shard is what a rank of one thread would be: it computes alone, and meets the others in `sum` only.
/// So a job of one rank computes what one of S ranks does, call by call. Its threads end with the process:
/// make one a job.
public final class ShardTeam: @unchecked Sendable {
    // Unchecked: all that changes is guarded by `monitor`.

    /// The shards of this rank, among 0 ..< S.
    public let shards: Range<Int>
    private let communicator: Communicator
    private let threadCount: Int

    private let monitor = Monitor()
    /// What each shard's thread sleeps on: at every sum each is woken once, and only when it may go on.
    private let signals: [Monitor.Signal]
    private var body: ((Int) throws -> Void)?
    /// Shards, the caller's included, whose body has not ended.
    private var working = 0
    private var failure: (any Error)?

    // Who computes: at most `threadCount` shards at a time, the others wait for their turn.
    private var computing = 0
    private var waitingForTurn: [Int] = []
    private var hasTurn: [Bool]

    // One sum at a time.
    private var vectors: [UnsafeMutableBufferPointer<Double>?]
    private var arrived = 0
    private var seconds = 0.0

    /// Seconds that this rank has spent in sums with other ranks, the waiting for later ones included.
    public var secondsBetweenRanks: Double { monitor.locked { seconds } }

    /// Whether `ranks` can share out `shards`: both powers of two, and no rank empty.
    public static func fits(shards: Int, ranks: Int) -> Bool {
        shards > 0 && shards.nonzeroBitCount == 1 && ranks.nonzeroBitCount == 1 && ranks <= shards
    }

    /// - Parameters:
    ///   - count: S; has to fit the ranks.
    ///   - threads: shards that compute at the same time, at least 1.
    /// - Throws: `ThreadStartError`.
    public init(shards count: Int, threads: Int, communicator: Communicator) throws(ThreadStartError) {
        invariant(
            Self.fits(shards: count, ranks: communicator.size) && threads >= 1,
            "ShardTeam: \(count) shards on \(communicator.size) ranks, \(threads) threads")
        self.communicator = communicator
        threadCount = threads
        let own = count / communicator.size
        shards = communicator.rank * own..<(communicator.rank + 1) * own
        vectors = Array(repeating: nil, count: own)
        hasTurn = Array(repeating: false, count: own)
        signals = (0..<own).map { _ in Monitor.Signal() }
        for index in 1..<max(own, 1) { try startThread("shard \(index)") { [self] in work(index) } }
    }

    /// Calls `body(0)` … `body(S ÷ R − 1)` side by side, the first on the calling thread, and returns when
    /// all have ended. All ranks do so with the same body.
    /// - Throws: the first error of any of them; the others end at their next `sum`.
    public func run(_ body: @escaping (Int) throws -> Void) throws {
        monitor.locked {
            self.body = body
            working = shards.count
            failure = nil
            arrived = 0
            giveTurns(to: 0..<shards.count)
        }
        perform(0)
        let problem = monitor.locked {
            while working > 0 { signals[0].wait(in: monitor) }
            self.body = nil
            return self.failure
        }
        if let problem { throw problem }
    }

    /// Replaces `values` by their sum over all shards. From within `run`, by every shard, with equal counts
    /// in the same order.
    /// - Parameter index: of the shard on this rank.
    public func sum(_ values: UnsafeMutableBufferPointer<Double>, of index: Int) throws {
        try monitor.locked {
            vectors[index] = values
            arrived += 1
            passTurn(of: index)
            if index == 0 {
                while arrived < shards.count && failure == nil { signals[0].wait(in: monitor) }
                if failure == nil {
                    addUp()
                    arrived = 0
                    giveTurns(to: 0..<shards.count)
                }
            } else if arrived == shards.count {
                signals[0].wake()
            }
            awaitTurn(of: index)
            if let failure { throw failure }
        }
    }

    /// On the thread that called `run`: MPI may allow no other. With the lock held, which nobody needs
    /// meanwhile: all shards are here.
    private func addUp() {
        let all = vectors.map { $0! }
        var distance = 1
        while distance < all.count {
            for index in stride(from: 0, to: all.count, by: 2 * distance) {
                let (sum, other) = (all[index], all[index + distance])
                invariant(sum.count == other.count, "ShardTeam: shards add \(sum.count) and \(other.count) numbers")
                for i in sum.indices { sum[i] += other[i] }
            }
            distance *= 2
        }
        let start = monotonicSeconds()
        do throws(MPIError) {
            try communicator.treeSum(all[0])
        } catch {
            failure = failure ?? error
        }
        seconds += communicator.size > 1 ? monotonicSeconds() - start : 0
        for other in all.dropFirst() { _ = other.update(fromContentsOf: all[0]) }
    }

    // MARK: Turns; all with the lock held

    private func giveTurns(to indices: Range<Int>) {
        waitingForTurn += indices
        nextTurns()
    }

    private func nextTurns() {
        while computing < threadCount, !waitingForTurn.isEmpty {
            let index = waitingForTurn.removeFirst()
            hasTurn[index] = true
            computing += 1
            signals[index].wake()
        }
    }

    private func passTurn(of index: Int) {
        guard hasTurn[index] else { return }
        hasTurn[index] = false
        computing -= 1
        nextTurns()
    }

    private func awaitTurn(of index: Int) {
        while !hasTurn[index] && failure == nil { signals[index].wait(in: monitor) }
        if !hasTurn[index] { waitingForTurn.removeAll { $0 == index } }
    }

    // MARK: On the threads

    private func perform(_ index: Int) {
        let body = monitor.locked {
            // Also after a failure: each has its turn once, if only to end.
            while !hasTurn[index] { signals[index].wait(in: monitor) }
            return self.body!
        }
        var problem: (any Error)?
        do { try body(index) } catch { problem = error }
        monitor.locked {
            if failure == nil, let problem {
                failure = problem
                for signal in signals { signal.wake() }
            }
            passTurn(of: index)
            working -= 1
            if working == 0 { signals[0].wake() }
        }
    }

    private func work(_ index: Int) {
        while true { perform(index) }
    }
}
