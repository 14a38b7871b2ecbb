// RunLock.swift — keeps a second job out of a run folder that one is training in.
//
// Note [Whose lock it is]
// The lock is the system's (flock) on a file in the run folder, held by rank 0's process: it is gone with
// the process, however that ends, so a job that died never blocks its successor. The file's text says who
// holds it. flock works over NFS, where it becomes a lock at the server, and over Lustre mounted with
// `flock`; on a file system without locks the text has to do: its process is looked up if it is on this
// host, and rank 0's heartbeat is watched for some beats if it is on another.

import DistributedTraining
import Foundation

/// Held by rank 0 from before the first step until the process ends.
public final class RunLock {
    /// A heartbeat comes every 5 seconds: this is long enough to see one move.
    private static let secondsToWatch = 12.5

    /// Ranks whose mpirun was killed take a second or two to notice: the job's successor waits for them.
    private static let secondsToWait = 5.0

    private let descriptor: Int32
    /// What the file says: rank 0's host and process, and when it started. Also a proof, for other ranks,
    /// that they see the same folder.
    public let text: String

    /// - Throws: `TrainingError.runInUse` if another job has it, `.runFolder` if the file cannot be made.
    public convenience init(_ folder: RunFolder) throws {
        try self.init(folder, lock: Self.lock, secondsToWatch: Self.secondsToWatch)
    }

    /// - Parameter lock: locks a file, or returns the errno; for tests of file systems without locks.
    package init(_ folder: RunFolder, lock: (Int32) -> Int32, secondsToWatch: Double) throws {
        let path = folder.lock
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw TrainingError.runFolder(path: folder.path, cause: String(cString: strerror(errno)))
        }
        let before = Owner(text: Self.read(descriptor))
        let code = lock(descriptor)
        if code != 0 {
            if code == EWOULDBLOCK || before.map({ Self.isAlive($0, folder, secondsToWatch) }) == true {
                close(descriptor)
                throw TrainingError.runInUse(folder: folder.path, owner: before?.sentence ?? "another job")
            }
        }
        let owner = Owner(host: ProcessInfo.processInfo.hostName, process: getpid(), started: Date())
        text = owner.text
        // Readers of a file that is being replaced would see half of it; so it is written in place, at once.
        let bytes = Array(text.utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            let cause = String(cString: strerror(errno))
            close(descriptor)
            throw TrainingError.runFolder(path: folder.path, cause: cause)
        }
        fsync(descriptor)
    }

    deinit { close(descriptor) }

    /// The errno of a lock that was not given; 0 if it was.
    private static func lock(_ descriptor: Int32) -> Int32 {
        let deadline = Date() + secondsToWait
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            guard code == EWOULDBLOCK || code == EINTR, Date() < deadline else { return code }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return 0
    }

    /// What a rank reads in its own view of the folder; "" if nothing is there.
    public static func text(in folder: RunFolder) -> String {
        (try? String(contentsOfFile: folder.lock, encoding: .utf8)) ?? ""
    }

    private static func read(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// Without locks: see Note [Whose lock it is].
    private static func isAlive(_ owner: Owner, _ folder: RunFolder, _ secondsToWatch: Double) -> Bool {
        if owner.host == ProcessInfo.processInfo.hostName {
            return owner.process != getpid() && (kill(owner.process, 0) == 0 || errno == EPERM)
        }
        let before = Heartbeat.read(folder: folder.errors, rank: 0)
        guard before != nil else { return false }
        Thread.sleep(forTimeInterval: secondsToWatch)
        return Heartbeat.read(folder: folder.errors, rank: 0)?.beat != before?.beat
    }

    /// Who holds a lock, as one line of text.
    struct Owner {
        var host: String
        var process: pid_t
        var started: Date

        var text: String { "\(host) \(process) \(ISO8601DateFormatter().string(from: started))\n" }
        var sentence: String {
            "process \(process) on \(host), since \(ISO8601DateFormatter().string(from: started))"
        }

        init(host: String, process: pid_t, started: Date) {
            (self.host, self.process, self.started) = (host, process, started)
        }

        /// Nil for a file that says nothing.
        init?(text: String) {
            let fields = text.split(whereSeparator: \.isWhitespace)
            guard fields.count == 3, let process = pid_t(fields[1]),
                let started = ISO8601DateFormatter().date(from: String(fields[2]))
            else { return nil }
            self.init(host: String(fields[0]), process: process, started: started)
        }
    }
}
