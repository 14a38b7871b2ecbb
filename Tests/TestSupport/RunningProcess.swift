// RunningProcess.swift — a child process for tests: started, signalled, waited for, never left over.
//
// Not Foundation's Process: a job of MPI ranks has to be killed as a whole, which needs a process
// group, and output goes to files, so that no full pipe can hold a rank up.

import Foundation

/// What a process left behind.
public struct ProcessResult: Sendable, CustomStringConvertible {
    /// The exit status, or 128 + the number of the signal that ended it, as shells say.
    public var status: Int32
    public var stdout: String
    public var stderr: String
    /// It was killed because it took too long.
    public var timedOut: Bool
    public var seconds: Double

    public var description: String {
        "status \(status)\(timedOut ? " (timed out)" : "") after \(seconds) s\n"
            + "--- stdout\n\(stdout)\n--- stderr\n\(stderr)"
    }
}

/// A process could not be started.
public struct StartFailure: Error, CustomStringConvertible {
    public var description: String
}

/// A child in a process group of its own.
public final class RunningProcess {
    public let pid: pid_t
    private let folder: String
    private let began = Date()
    private var isReaped = false

    /// - Parameters:
    ///   - executable: a path, absolute with `workingFolder`, or a name to look for in PATH.
    ///   - environment: all of it; see `testEnvironment`.
    ///   - workingFolder: where it runs; here by default.
    public init(
        _ executable: String, _ arguments: [String], environment: [String: String] = testEnvironment(),
        workingFolder: String? = nil
    ) throws {
        folder = try makeTemporaryFolder()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, name) in [(Int32(1), "stdout"), (2, "stderr")] {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, "\(folder)/\(name)", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        // A child that inherits a file which a test beside it has open would hold that file's lock.
        for descriptor in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Tests run on threads that block all signals, and a child would inherit that.
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))

        // posix_spawn's own change of folder is hidden from Swift; env replaces itself afterwards.
        let command = (workingFolder.map { ["env", "-C", $0] } ?? []) + [executable] + arguments
        let argv = command.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, command[0], &actions, &attributes, argv, envp)
        self.pid = pid
        guard code == 0 else {
            isReaped = true
            try? FileManager.default.removeItem(atPath: folder)
            throw StartFailure(description: "cannot start \(executable): \(String(cString: strerror(code)))")
        }
    }

    deinit {
        if !isReaped { _ = wait(timeout: 0) }
    }

    /// Sends a signal to the process itself.
    public func signal(_ number: Int32) {
        if !isReaped { kill(pid, number) }
    }

    /// The processes that it has started itself, oldest first: under mpirun the ranks.
    public var children: [pid_t] { descendants(of: pid).filter { parent(of: $0) == pid }.sorted() }

    /// Kills the process and all below it at once, without a warning, and waits for its end.
    public func killAll() -> ProcessResult {
        for member in [pid] + descendants(of: pid) { kill(member, SIGKILL) }
        return wait(timeout: 10)
    }

    /// What it has written so far.
    public var stdoutSoFar: String { read("stdout") }
    public var stderrSoFar: String { read("stderr") }

    /// Polls until `condition` holds or the time is up; true when it held.
    public func waitUntil(timeout: Double, _ condition: () -> Bool) -> Bool {
        let end = Date() + timeout
        while !condition() {
            if Date() > end { return false }
            usleep(20_000)
        }
        return true
    }

    /// Waits for the end. After `timeout` seconds the whole family is killed. Call it once.
    public func wait(timeout: Double) -> ProcessResult {
        precondition(!isReaped, "RunningProcess.wait: called twice")
        var raw: Int32 = 0
        var timedOut = false
        let end = Date() + timeout
        while waitpid(pid, &raw, WNOHANG) == 0 {
            if Date() > end {
                timedOut = true
                killFamily()
                waitpid(pid, &raw, 0)
                break
            }
            usleep(10_000)
        }
        isReaped = true
        let result = ProcessResult(
            status: raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F),
            stdout: read("stdout"), stderr: read("stderr"), timedOut: timedOut,
            seconds: Date().timeIntervalSince(began))
        try? FileManager.default.removeItem(atPath: folder)
        return result
    }

    private func read(_ name: String) -> String {
        // Bytes that are no UTF-8 must not hide the rest of a crash's output.
        String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// mpirun gives each rank a process group of its own, so the group alone is not the family.
    private func killFamily() {
        let family = descendants(of: pid)
        kill(-pid, SIGTERM)
        // Time for mpirun to end its ranks and clean its session folder.
        for _ in 0..<30 where kill(pid, 0) == 0 && !hasEnded(pid) { usleep(100_000) }
        kill(-pid, SIGKILL)
        for member in family where parent(of: member) != nil { kill(member, SIGKILL) }
    }

    private func descendants(of root: pid_t) -> [pid_t] {
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
            .compactMap { pid_t($0) }
        var family = [root]
        var index = 0
        while index < family.count {
            family += all.filter { parent(of: $0) == family[index] }
            index += 1
        }
        return Array(family.dropFirst())
    }

    /// State and parent, the two fields behind the name, which is in brackets.
    private func stat(of process: pid_t) -> (state: Substring, parent: pid_t)? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat"),
            let rest = String(decoding: data, as: UTF8.self).split(separator: ")").last
        else { return nil }
        let fields = rest.split(separator: " ")
        guard fields.count > 2, let parent = pid_t(fields[1]) else { return nil }
        return (fields[0], parent)
    }

    private func parent(of process: pid_t) -> pid_t? { stat(of: process)?.parent }
    private func hasEnded(_ process: pid_t) -> Bool { stat(of: process)?.state == "Z" }
}
