// ThreadStart.swift — the one place that starts threads, and the error of one that can't be started.
// What threads do, and how they end, is their owners' business.

import Glibc

/// The system refused to start a thread. `description` is one sentence: object, cause, remedy.
public struct ThreadStartError: Error, Equatable, Sendable {
    /// What the thread is for.
    public let thread: String
    /// The system's error number, mostly EAGAIN.
    public let errno: Int32

    package init(thread: String, errno: Int32) {
        (self.thread, self.errno) = (thread, errno)
    }
}

extension ThreadStartError: CustomStringConvertible {
    public var description: String {
        let limits = Self.limits.isEmpty ? "" : " (here \(Self.limits.joined(separator: ", ")))"
        return "the thread '\(thread)' could not be started: \(String(cString: strerror(errno))). The user's or the "
            + "container's limit of processes and threads is reached\(limits), or memory for its stack is lacking; raise "
            + "the limit, or use fewer ranks or threads (--threads, train.threads, data.loader_threads)."
    }

    /// The limits that apply to this process, as far as there are some.
    private static var limits: [String] {
        var found: [String] = []
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) { found.append("ulimit -u is \(limit.rlim_cur)") }
        if let most = pidsLimit { found.append("the container's pids.max is \(most)") }
        return found
    }

    /// Of this process's cgroup, version 2, where there is one.
    private static var pidsLimit: Int? {
        let own = line(of: "/proc/self/cgroup")?.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        for folder in ["/sys/fs/cgroup\(own == "/" ? "" : own)", "/sys/fs/cgroup"] {
            if let most = line(of: "\(folder)/pids.max").flatMap({ Int($0) }) { return most }
        }
        return nil
    }

    /// The first line of a small file.
    private static func line(of path: String) -> Substring? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard fgets(buffer.baseAddress!, 4096, file) != nil else { return nil }
            return String(cString: buffer.baseAddress!).split(separator: "\n").first
        }
    }
}

/// Starts a thread that runs `body` to its end. Signals are left to the other threads.
///
/// Nothing else in the program may start threads: Foundation's `Thread` and Dispatch say nothing when the system
/// refuses one, and whoever waits for it then waits for ever.
/// - Parameters:
///   - name: for errors.
///   - stackBytes: nil for the system's default.
/// - Throws: when the system refuses, at a limit of threads above all.
@discardableResult
package func startThread(
    _ name: String, stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void
) throws(ThreadStartError) -> pthread_t {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackBytes { pthread_attr_setstacksize(&attributes, stackBytes) }

    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    guard code == 0 else {
        box.release()
        throw ThreadStartError(thread: name, errno: code)
    }
    return thread
}
