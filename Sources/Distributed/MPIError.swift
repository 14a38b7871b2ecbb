// MPIError.swift — everything that can go wrong in this module and is not a programmer's mistake.

import Tensor

/// What can fail between ranks. Each case names the rank, the object, and what to do.
public enum MPIError: Error, Sendable {
    /// An MPI call returned an error; `message` is the library's own sentence.
    case failed(rank: Int, operation: String, phase: String, message: String)
    /// `expected` processes were launched together but each sees a world of its own.
    case separateWorlds(launcher: String, expected: Int, library: String)
    /// A reduction did not end in time. `missing` says who is behind; empty when nobody knows.
    case stuck(rank: Int, object: String, seconds: Double, missing: String)
    /// The shares that would be gathered at one rank exceed what MPI can count.
    case tooLarge(rank: Int, operation: String, phase: String, elements: Int)
    /// Something that must be equal on all ranks is not.
    case ranksDiffer(rank: Int, object: String, remedy: String)
    /// The run folder cannot be written.
    case folder(rank: Int, path: String, reason: String)
    /// A thread of this module could not be started.
    case thread(rank: Int, ThreadStartError)
}

extension MPIError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .failed(let rank, let operation, let phase, let message):
            "rank \(rank): MPI's \(operation) failed in '\(phase)' (\(message)); "
                + "find the rank that failed first in the logs, then start again from the last checkpoint"
        case .separateWorlds(let launcher, let expected, let library):
            "this is one of \(expected) processes that \(launcher) started together, but MPI gives "
                + "each a world of size 1; start them with the launcher that belongs to \(library) "
                + "(under SLURM with Open MPI: srun --mpi=pmix), or build against the launcher's own "
                + "MPI by setting BLENDWAY_MPI_PKG"
        case .stuck(let rank, let object, let seconds, let missing):
            "rank \(rank): \(object) has waited \(wholeSeconds(seconds)) s"
                + (missing.isEmpty ? "" : ": \(missing)")
                + "; look at the missing rank's host and log, then start again from the last checkpoint"
        case .tooLarge(let rank, let operation, let phase, let elements):
            "rank \(rank): \(operation) in '\(phase)' would put \(elements) elements on one rank, "
                + "more than the \(Int32.max) that MPI can count; gather in several smaller parts"
        case .ranksDiffer(let rank, let object, let remedy):
            "rank \(rank): \(object) is not the same on all ranks; \(remedy)"
        case .folder(let rank, let path, let reason):
            "rank \(rank): cannot write \(path) (\(reason)); choose a run folder that every host "
                + "can write to"
        case .thread(let rank, let error):
            "rank \(rank): \(error)"
        }
    }
}

/// Seconds as a person writes them: whole when long, one decimal when short.
func wholeSeconds(_ seconds: Double) -> String {
    let tenths = (seconds * 10).rounded() / 10
    return tenths >= 10 ? "\(Int(tenths.rounded()))" : "\(tenths)"
}
