// ChildProcess.swift — one child: started, looked at, ended. Never left behind: it gets TERM when this
// process ends, however that happens.

import CProcess
import Foundation

struct ChildProcess {
    let pid: pid_t

    /// - Parameter output: a file's descriptor for what it prints; nil leaves ours to it.
    /// - Throws: `ClusterError.start`.
    init(_ words: [String], output: Int32? = nil) throws(ClusterError) {
        guard let path = Self.find(words[0]) else {
            throw .start(program: words[0], reason: "there is no such program")
        }
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        let result = bw_spawn(path, &arguments, SIGTERM, output ?? -1)
        guard result > 0 else {
            throw .start(program: path, reason: String(cString: strerror(-result)))
        }
        pid = result
    }

    /// Where a program lies: a path itself, or the first in PATH.
    static func find(_ name: String) -> String? {
        guard !name.contains("/") else { return access(name, X_OK) == 0 ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// The exit status, or 128 + the signal that ended it, as shells say; nil while it runs.
    func endedStatus() -> Int32? {
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
        return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }

    /// Waits for its end, at most so long; then kills its group. nil when it had to be killed.
    func wait(seconds: Double) -> Int32? {
        let end = Date() + seconds
        while Date() < end {
            if let status = endedStatus() { return status }
            usleep(20_000)
        }
        kill(-pid, SIGKILL)
        waitpid(pid, nil, 0)
        return nil
    }

    /// What a program prints, up to `seconds`; nil when it can't be started, fails or takes longer.
    static func output(of words: [String], seconds: Double) -> String? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        let child = try? ChildProcess(words, output: ends[1])
        close(ends[1])
        guard let child else { return nil }
        // A few lines fit into the pipe, so that it can be read after the end.
        guard child.wait(seconds: seconds) == 0 else { return nil }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(ends[0], &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// Processes that a child left behind and that are ours now (`bw_adopt_orphans`): they get `seconds` to
    /// end by themselves, then KILL. Returns how many had to be killed.
    static func endOrphans(seconds: Double) -> Int {
        let end = Date() + seconds
        while Date() < end {
            while waitpid(-1, nil, WNOHANG) > 0 {}
            if children().isEmpty { return 0 }
            usleep(50_000)
        }
        var killed = 0
        // Those below them come to us in turn.
        for _ in 0..<20 {
            let left = children()
            guard !left.isEmpty else { break }
            for child in left where kill(child, SIGKILL) == 0 { killed += 1 }
            usleep(50_000)
            while waitpid(-1, nil, WNOHANG) > 0 {}
        }
        return killed
    }

    /// This process's children by its main thread, the only one that starts any.
    private static func children() -> [pid_t] {
        let path = "/proc/self/task/\(getpid())/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }
}
