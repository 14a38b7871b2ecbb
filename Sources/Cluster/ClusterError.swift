// ClusterError.swift — everything that can go wrong in this module and is not a programmer's mistake.

/// What can fail around jobs: their start, their hosts, a wrong use of `launch` or `bench scale`.
public enum ClusterError: Error, Equatable, Sendable {
    /// The command line of `blendway launch` can't be carried out.
    case usage(String)
    /// A hostfile can't be read or understood.
    case hostfile(path: String, problem: String)
    /// No such launcher, or one that this isn't made for.
    case launcher(String)
    /// A process could not be started.
    case start(program: String, reason: String)
}

extension ClusterError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .usage(let sentence), .launcher(let sentence): sentence
        case .hostfile(let path, let problem):
            "\(path): \(problem); a hostfile has one line a host, such as 'node01 slots=32'"
        case .start(let program, let reason):
            "\(program) can't be started: \(reason); check that it is installed on this host and in PATH"
        }
    }
}
