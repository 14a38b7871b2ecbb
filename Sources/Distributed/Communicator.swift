// Communicator.swift — a group of ranks and who we are among them.
//
// Blocking collectives are in Communicator+Reduce and Communicator+Share. All go through
// `collective`, so that a watchdog can see in which one a rank hangs.

import CMPI
import Synchronization

/// A group of ranks that talk to each other and to nobody else.
///
/// All ranks must call the same collectives in the same order on one communicator; two threads
/// must use two communicators. It lives until the world is finalized: make few.
public final class Communicator: Sendable {
    let handle: bw_mpi_comm
    public let rank: Int
    public let size: Int
    /// Shown in phases: "world", "gradients".
    public let name: String
    public let phases: PhaseBoard
    /// The most elements that one MPI call is asked to move; tests make it small.
    package let callLimit: Int
    /// How many collectives this rank has entered: two ranks that disagree are out of step.
    private let entered = Atomic<Int>(0)

    /// MPI counts in Int32. A round number below keeps the parts aligned.
    package static let defaultCallLimit = 1 << 30

    init(
        handle: bw_mpi_comm, name: String, phases: PhaseBoard,
        callLimit: Int = Communicator.defaultCallLimit
    ) throws(MPIError) {
        var rank: Int32 = 0
        var size: Int32 = 0
        try check(bw_mpi_rank(handle, &rank), rank: -1, operation: "Comm_rank", phase: name)
        try check(bw_mpi_size(handle, &size), rank: Int(rank), operation: "Comm_size", phase: name)
        self.handle = handle
        self.rank = Int(rank)
        self.size = Int(size)
        self.name = name
        self.phases = phases
        self.callLimit = callLimit
    }

    /// A communicator with the same ranks whose messages never mix with this one's. Collective.
    public func duplicate(name: String) throws(MPIError) -> Communicator {
        try duplicate(name: name, callLimit: callLimit)
    }

    package func duplicate(name: String, callLimit: Int) throws(MPIError) -> Communicator {
        var copy: bw_mpi_comm = 0
        try collective("Comm_dup", phase: "make the communicator '\(name)'") {
            bw_mpi_duplicate(handle, &copy)
        }
        return try Communicator(handle: copy, name: name, phases: phases, callLimit: callLimit)
    }

    /// Waits until every rank is here.
    public func barrier(phase: String = "barrier") throws(MPIError) {
        try collective("Barrier", phase: phase) { bw_mpi_barrier(handle) }
    }

    /// Every blocking collective of the product passes here: it makes the phase that the watchdog
    /// sees, and looks at MPI's code.
    func collective(
        _ operation: String, phase: String, _ call: () -> Int32
    ) throws(MPIError) {
        let number = entered.add(1, ordering: .relaxed).newValue
        let code = phases.during(
            phase, detail: "\(operation), collective \(number) of '\(name)'", call)
        try check(code, rank: rank, operation: operation, phase: phase)
    }
}
