// World+End.swift — how a job ends when nobody ended it: at the process's exit, or by force.

import CMPI
import Glibc
import Synchronization

extension World {
    struct Lifetime {
        enum Stage { case notStarted, running, ended }
        var stage = Stage.notStarted
        var world: World?
    }

    /// MPI starts and ends once per process, so its state is the process's.
    static let lifetime = Mutex(Lifetime())

    /// MPI_Abort normally ends a job within a second; a network that hangs must not stop it.
    static let abortGraceSeconds: UInt32 = 10

    /// Has `exit` end MPI too. Status 0: finalize. Any other: abort, as other ranks may be waiting
    /// for this one inside a collective, and finalizing would wait for them in turn.
    static func endWithProcess() {
        on_exit(
            { status, _ in
                let (stage, world) = World.lifetime.withLock { ($0.stage, $0.world) }
                guard stage == .running else { return }
                if let world, status == 0 || world.size == 1 {
                    world.finalize()
                } else if status == 0 {
                    _ = bw_mpi_finalize()
                } else {
                    World.lifetime.withLock { $0.stage = .ended }
                    endAllRanks(status)
                }
            }, nil)
    }
}

/// What a process ends with whose MPI_Abort hangs.
private let statusAtAlarm = Atomic<Int32>(1)

/// MPI_Abort, and if that does not end this process, `_exit`.
func endAllRanks(_ status: Int32) -> Never {
    invariant(status != 0, "abort with status 0: mpirun would call the job a success")
    // An alarm, not a thread: one that can't be started may be the reason for the end.
    statusAtAlarm.store(status, ordering: .relaxed)
    signal(SIGALRM) { _ in _exit(statusAtAlarm.load(ordering: .relaxed)) }
    var alarms = sigset_t()
    sigemptyset(&alarms)
    sigaddset(&alarms, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarms, nil)
    alarm(World.abortGraceSeconds)
    // After the alarm was set: a full pipe could hold this up as well.
    fflush(nil)
    _ = bw_mpi_abort(bw_mpi_world(), status)
    _exit(status)
}

/// The value of an environment variable.
func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
