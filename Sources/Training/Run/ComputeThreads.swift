// ComputeThreads.swift — how many threads a rank may compute with, from what its host lets it use, and
// on which cores.

import CKernels
import DistributedTraining
import Foundation
import Synchronization
import Tensor

/// A rank's compute threads and where they run.
///
/// Note [Which threads are pinned]
/// A launcher's binding is what a rank may use, and nothing here goes beyond it. Ranks that share cores
/// get disjoint parts of them, and each thread of a pool stays on a core of its own, as long as there
/// are enough. The thread that starts the pool is left alone: threads that it starts later (the loader's,
/// MPI's) inherit where it may run, and would all end up on its core.
public struct ComputeThreads {
    public let pool: ThreadPool
    /// Cores that helpers of the pool stay on, in the pool's order; empty if they may move.
    let pinned: [Int]

    /// - Parameter requested: 0 for the cores that this process is bound to, divided by the ranks that
    ///   are bound to the same ones: a launcher that binds each rank to cores of its own (`--bind-to core`,
    ///   a SLURM step) and one that binds none both give every core one thread; so does a container that
    ///   is limited to some cores.
    /// Collective.
    public init(requested: Int, _ world: World) throws {
        let cores = try Self.share(world)
        pool = try ThreadPool(threads: requested > 0 ? requested : max(1, cores.count))
        let wanted = ProcessInfo.processInfo.environment["BLENDWAY_PIN_THREADS"] != "0"
        pinned = wanted && pool.threadCount > 1 && pool.threadCount <= cores.count
            ? Self.pin(pool, to: Array(cores[1..<pool.threadCount])) : []
    }

    /// How many threads this rank may compute with. Collective.
    static func available(_ world: World) throws -> Int { max(1, try share(world).count) }

    /// This rank's part of the cores that it is bound to; empty where ranks outnumber them. Collective.
    private static func share(_ world: World) throws -> [Int] {
        let mine = affinity()
        let key = Array(world.hosts[world.rank].utf8) + [0] + mine
        let all = try world.communicator.allGather(key, phase: "exchange the cores in use")
        let sharers = (0..<world.size).filter { Array(all[$0]) == key }
        let cores = cores(of: mine)
        let count = cores.count / sharers.count
        let place = sharers.firstIndex(of: world.rank)! * count
        return Array(cores[place..<place + count])
    }

    /// For the log.
    var description: String {
        let threads = "\(pool.threadCount) compute thread\(pool.threadCount == 1 ? "" : "s")"
        return pinned.isEmpty ? threads : threads + " pinned to cores of their own"
    }

    /// Each thread of the pool but the caller takes one of `cores`. Returns those that were taken.
    private static func pin(_ pool: ThreadPool, to cores: [Int]) -> [Int] {
        let caller = pthread_self()
        let arrived = Atomic<Int>(0)
        let next = Atomic<Int>(0)
        let taken = Mutex<[Int]>([])
        pool.run(tasks: pool.threadCount) { _ in
            // Nobody leaves before all are here, so that each thread has exactly one task.
            arrived.wrappingAdd(1, ordering: .acquiringAndReleasing)
            while arrived.load(ordering: .acquiring) < pool.threadCount { sched_yield() }
            guard pthread_equal(pthread_self(), caller) == 0 else { return }
            let core = cores[next.wrappingAdd(1, ordering: .relaxed).oldValue]
            if bw_pin_thread(Int32(core)) == 0 { taken.withLock { $0.append(core) } }
        }
        return taken.withLock { $0.sorted() }
    }

    /// One bit a core.
    private static func affinity() -> [UInt8] {
        var mask = [UInt8](repeating: 0, count: 128)
        guard bw_core_mask(&mask, Int32(mask.count)) == 0 else {
            let count = ProcessInfo.processInfo.activeProcessorCount
            return (0..<(count + 7) / 8).map { UInt8(truncatingIfNeeded: (1 << min(8, count - 8 * $0)) - 1) }
        }
        return mask
    }

    private static func cores(of mask: [UInt8]) -> [Int] {
        mask.enumerated().flatMap { byte, bits in (0..<8).filter { bits >> $0 & 1 == 1 }.map { byte * 8 + $0 } }
    }
}
