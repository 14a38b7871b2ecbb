// CommandExit.swift — the exit codes that all commands share.

/// How a command ends; the numbers are part of the command line's contract.
enum CommandExit: Int32 {
    case done = 0
    /// What was asked for could not be done: no permission, a full disk, a lost connection, …
    case failed = 1
    /// The command line cannot be carried out as it stands (EX_USAGE).
    case usage = 64
    /// A file's contents are at fault (EX_DATAERR).
    case badData = 65
    /// Stopped at a checkpoint; start the same command again (EX_TEMPFAIL).
    case stopped = 75
    /// A rank, a host or a connection was lost, or hung; start the same command again (EX_PROTOCOL).
    case lost = 76
}
