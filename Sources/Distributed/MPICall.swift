// MPICall.swift — the one place that sees MPI's return codes. Everything above it throws.

import CMPI

/// Throws unless `code` is MPI's success.
///
/// Error strings, not codes, go into the message: codes differ between MPI libraries.
func check(
    _ code: Int32, rank: Int, operation: String, phase: @autoclosure () -> String
) throws(MPIError) {
    guard code != 0 else { return }
    throw .failed(
        rank: rank, operation: operation, phase: phase(),
        message: mpiString { bw_mpi_error_string(code, $0) })
}

/// A string that one of MPI's functions writes; "unknown" when even that fails.
func mpiString(_ write: (UnsafeMutablePointer<CChar>) -> Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(BW_MPI_STRING)) { text in
        text.initialize(repeating: 0)
        guard write(text.baseAddress!) == 0 else { return "unknown" }
        return String(cString: text.baseAddress!)
    }
}
