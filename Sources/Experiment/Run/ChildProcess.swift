// ChildProcess.swift — a command as a process of its own that neither outlives the experiment nor gets its
// terminal's signals.
//
// Not Foundation's Process: a job has to be in a process group of its own, or Ctrl-C would reach the ranks
// before the experiment can end them in order.

import CKernels
import Foundation

struct ChildProcess {
    /// How a child ended: its status, or 128 + the number of the signal.
    typealias Status = Int32

    /// The process that asks; in the environment of a child until it has become its command.
    private static let variable = "BLENDWAY_EXPERIMENT_CHILD"

    let pid: pid_t

    // Note [How a child ends with its parent]
    // The kernel can signal a process when its parent dies, but only the process itself can ask for that.
    // So the program starts itself, asks, and becomes the command.

    /// Starts `command`, its output appended to the two files.
    ///
    /// Call from a thread that lives as long as the child: its end would end the child.
    /// - Parameter output: replaced; nil for none.
    /// - Throws: `ExperimentError.cannotStart`.
    init(_ command: [String], output: String?, log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0o666)
        posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o666)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))

        var environment = ProcessInfo.processInfo.environment
        environment[Self.variable] = "\(getpid())"
        let argv = ([Self.program] + command).map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, Self.program, &actions, &attributes, argv, envp)
        guard code == 0 else {
            throw ExperimentError.cannotStart(command: command[0], reason: String(cString: strerror(code)))
        }
        self.pid = pid
    }

    /// This program's file.
    static let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "blendway"

    /// In a child, becomes its command and doesn't return; elsewhere does nothing. Call first of all.
    static func becomeCommandIfChild() {
        guard let parent = getenv(variable).map({ String(cString: $0) }) else { return }
        unsetenv(variable)
        _ = bw_end_with_parent()
        // It may have gone before that.
        guard pid_t(parent) == getppid() else { exit(75) }
        let command = Array(CommandLine.arguments.dropFirst())
        let argv = command.map { strdup($0) } + [nil]
        execvp(command[0], argv)
        FileHandle.standardError.write(Data("\(command[0]): \(String(cString: strerror(errno)))\n".utf8))
        exit(127)
    }

    /// Asks it to save and end: a single process by TERM, a launcher by USR1, which it passes on.
    func askToStop(isLauncher: Bool) { kill(pid, isLauncher ? SIGUSR1 : SIGTERM) }

    /// nil while it runs. Call until it has ended, then no more.
    func poll() -> Status? {
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
        return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }
}

/// What the program's main has to call before anything else.
public enum ExperimentChild {
    public static func becomeCommandIfChild() { ChildProcess.becomeCommandIfChild() }
}
