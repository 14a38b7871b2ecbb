// OutputFile.swift — the rules for files that commands make: one process makes them, and what is there
// is replaced on request only.

import Data
import DistributedTraining
import Foundation

enum OutputFile {
    /// Tries before the work begins whether a file can be made at its end.
    /// - Throws: `ImportError.exists`; `CommandFailure` for a folder that isn't there, or in which nothing can be written.
    static func require(_ path: String, force: Bool) throws {
        guard !path.isEmpty, !path.hasSuffix("/") else {
            throw CommandFailure(.usage, "--out '\(path)' is no file's name; name the file to make.")
        }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure(.failed, "\(path): the folder \(folder) does not exist; make it first or correct the path.")
        }
        if !force && lstat(path, &status) == 0 { throw ImportError.exists(path: path) }
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure(.failed, "\(path): this is a folder; name the file to make.")
        }
        try tryWriting(into: folder)
    }

    /// Makes a file of one block in a folder, and takes it away again.
    /// - Throws: `CommandFailure` with the system's reason.
    static func tryWriting(into folder: String) throws {
        let probe = "\(folder)/.blendway-try-\(getpid())"
        defer { unlink(probe) }
        let file = open(probe, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        var reason = file < 0 ? errno : 0
        if file >= 0 {
            let block = [UInt8](repeating: 0, count: 4096)
            if write(file, block, block.count) != block.count { reason = errno == 0 ? ENOSPC : errno }
            if close(file) != 0, reason == 0 { reason = errno }
        }
        guard reason == 0 else {
            throw CommandFailure(
                .failed, "\(folder): nothing can be written into this folder: \(String(cString: strerror(reason))); choose "
                    + "another one, change its permissions or free space.")
        }
    }

    /// Ranks of one job would all make the same file.
    static func refuseLauncher() throws {
        if let launcher = Launcher.found(in: { ProcessInfo.processInfo.environment[$0] }) {
            throw CommandFailure(
                .usage, "\(launcher.name) started \(launcher.processes) of these, which would all make the same "
                    + "file; run it once, without a launcher, it uses all cores of this host.")
        }
    }
}
