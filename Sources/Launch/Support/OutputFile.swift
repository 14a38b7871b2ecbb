// OutputFile.swift — the rules for files that commands make: one process makes them, and what is there
// is replaced on request only.

import Data
import DistributedTraining
import Foundation

enum OutputFile {
    /// - Throws: `ImportError.exists`; `CommandFailure` for a folder that isn't there.
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
