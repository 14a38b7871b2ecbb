// World.swift — the MPI job that this process is a rank of: its start, its end, who is where.
//
// What ranks say to each other is Communicator's part; a rank that hangs is Watchdog's.

import CMPI
import Glibc
import Synchronization

/// How many threads may call MPI, in rising order.
public enum ThreadLevel: Int, Sendable, Comparable {
    case single, funneled, serialized, multiple

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// All ranks of the job. One per process, for the process's life.
///
/// Without `mpirun` it is a world of one rank, and every collective is a no-op: the same program
/// runs on a laptop and on 64 hosts.
public final class World: Sendable {
    /// All ranks. For the main thread; a thread that talks too needs a duplicate.
    public let communicator: Communicator
    /// Our number among the ranks of this host, and how many these are.
    public let localRank: Int
    public let localSize: Int
    /// [size] the host of every rank.
    public let hosts: [String]
    public let threadLevel: ThreadLevel
    /// The MPI library's name and version.
    public let library: String
    /// Sums gradients while this rank computes.
    public let communicationThread: CommunicationThread
    private let guardian = Mutex<Watchdog?>(nil)

    public var rank: Int { communicator.rank }
    public var size: Int { communicator.size }
    public var phases: PhaseBoard { communicator.phases }
    /// How many hosts take part.
    public var hostCount: Int { Set(hosts).count }
    /// Nil until `startWatchdog`.
    public var watchdog: Watchdog? { guardian.withLock { $0 } }

    /// Starts MPI. Collective, once per process, before any other use of this module.
    ///
    /// - Parameter threads: the level to ask MPI for. With less than `.multiple` gradients are
    ///   summed at the end of the backward pass and not during it.
    /// - Throws: `.separateWorlds` when several processes were started together but do not see
    ///   each other; each would train alone and overwrite the others' files.
    public static func start(threads: ThreadLevel = .multiple) throws(MPIError) -> World {
        lifetime.withLock { now in
            invariant(now.stage == .notStarted, "World.start: called twice in one process")
            now.stage = .running
        }
        // Open MPI's other algorithms for Iallreduce are several times slower on gradients. Its
        // settings are read at start; what the user has set stays.
        setenv("OMPI_MCA_coll_libnbc_iallreduce_algorithm", "1", 0)

        var provided = BW_MPI_SINGLE
        try check(
            bw_mpi_init(bw_mpi_threads(UInt32(threads.rawValue)), &provided), rank: -1,
            operation: "Init_thread", phase: "start MPI")
        endWithProcess()
        let handle = bw_mpi_world()
        try check(
            bw_mpi_return_errors(handle), rank: -1, operation: "Comm_set_errhandler",
            phase: "start MPI")
        let world = try World(handle: handle, provided: ThreadLevel(rawValue: Int(provided.rawValue))!)
        lifetime.withLock { $0.world = world }
        return world
    }

    private init(handle: bw_mpi_comm, provided: ThreadLevel) throws(MPIError) {
        communicator = try Communicator(handle: handle, name: "world", phases: PhaseBoard())
        threadLevel = provided
        // Open MPI's version goes on with its packager and date, MPICH's with build options.
        let version = mpiString { bw_mpi_library_version($0) }
        library = String(version.prefix { $0 != "," && $0 != "\n" }).replacingTabs()
        if communicator.size == 1, let launch = Launcher.found(in: environmentVariable) {
            // Alone, so this waits for nobody; the exit that follows must not abort.
            _ = bw_mpi_finalize()
            Self.lifetime.withLock { $0.stage = .ended }
            throw .separateWorlds(launcher: launch.name, expected: launch.processes, library: library)
        }

        var shared: bw_mpi_comm = 0
        try communicator.collective("Comm_split_type", phase: "find this host's ranks") {
            bw_mpi_split_host(handle, &shared)
        }
        let local = try Communicator(handle: shared, name: "host", phases: communicator.phases)
        localRank = local.rank
        localSize = local.size
        try communicator.collective("Comm_free", phase: "find this host's ranks") {
            bw_mpi_free(&shared)
        }

        let names = try communicator.allGather(
            Array(mpiString { bw_mpi_processor_name($0) }.utf8), phase: "exchange host names")
        hosts = (0..<communicator.size).map { String(decoding: names[$0], as: UTF8.self) }
        communicationThread = try CommunicationThread(
            communicator: communicator.duplicate(name: "gradients"), threads: provided)
    }

    /// Begins to guard this rank against hangs. See `Watchdog`.
    /// - Parameters:
    ///   - folder: where logs and heartbeats go, shared by all ranks: `<run>/errors`.
    ///   - limitSeconds: what a phase may take, collectives included, unless it names a limit.
    public func startWatchdog(
        folder: String, limitSeconds: Double = PhaseBoard.defaultLimit,
        beatSeconds: Double = Watchdog.defaultBeatSeconds
    ) throws(MPIError) {
        phases.setLimit(limitSeconds)
        let dog = try Watchdog(world: self, folder: folder, beatSeconds: beatSeconds)
        guardian.withLock { guardian in
            invariant(guardian == nil, "World.startWatchdog: called twice")
            guardian = dog
        }
    }

    /// Ends MPI in good order. Collective; nothing may be in flight. A process that exits with
    /// status 0 and has not called it does so then. After a failed reduction it aborts the job.
    public func finalize() {
        let mine = Self.lifetime.withLock { now in
            defer { if now.stage == .running { now.stage = .ended } }
            return now.stage == .running
        }
        guard mine else { return }
        phases.during("finalize") {
            guard communicationThread.stop() else { abort(EXIT_FAILURE) }
            _ = bw_mpi_finalize()
        }
        watchdog?.stop()
    }

    /// Ends all ranks of the job now, without ceremony, with a non-zero `status`.
    public func abort(_ status: Int32) -> Never {
        Self.lifetime.withLock { $0.stage = .ended }
        endAllRanks(status)
    }
}

extension String {
    fileprivate func replacingTabs() -> String {
        String(map { $0 == "\t" ? " " : $0 })
    }
}
