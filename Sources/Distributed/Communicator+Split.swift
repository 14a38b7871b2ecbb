// Communicator+Split.swift — smaller groups out of a communicator, such as a rank of each host.

import CMPI

extension Communicator {
    /// Runs `body` with a communicator of the ranks that give the same color, in the order of their ranks,
    /// and takes it away again. Collective; a rank that gives nil only takes part in the making, and gets nil.
    /// - Parameter color: 0 or more.
    public func withSplit<R>(
        color: Int?, name: String, _ body: (Communicator) throws -> R
    ) throws -> R? {
        if let color { invariant(color >= 0, "withSplit: color \(color)") }
        var part: bw_mpi_comm = 0
        try collective("Comm_split", phase: "make the group '\(name)'") {
            bw_mpi_split(handle, Int32(color ?? -1), Int32(rank), &part)
        }
        guard color != nil else { return nil }
        let group = try Communicator(handle: part, name: name, phases: phases)
        let result = try body(group)
        // Only after success: ranks that failed don't come here, and freeing waits for them.
        try group.collective("Comm_free", phase: "end the group '\(name)'") { bw_mpi_free(&part) }
        return result
    }
}
