// RunLogError.swift — what can go wrong with the files of a run's log.

/// A log file that can't be read or written.
public enum RunLogError: Error, Equatable, Sendable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case cannotWrite(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "the log \(path) can't be opened: \(reason); check that the run folder is yours to write"
        case .cannotWrite(let path, let reason):
            "the log \(path) can't be written: \(reason); free some space there and resume the run"
        }
    }
}
