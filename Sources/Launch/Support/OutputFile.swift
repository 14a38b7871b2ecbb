// OutputFile.swift — whether a command may write the file that it is asked to.

import Foundation

enum OutputFile {
    /// - Throws: `CommandFailure` when there is something at `path` already and `force` is not given.
    static func require(_ path: String, force: Bool) throws {
        var status = stat()
        guard !force, lstat(path, &status) == 0 else { return }
        throw CommandFailure(.failed, "\(path) exists already; give another --out, or --force to replace it.")
    }
}
