// OutputFolder.swift — makes the folder that a command's results go to.

import Foundation

enum OutputFolder {
    /// Makes `path` and the folders above it where they are missing.
    /// - Throws: `CommandFailure` when it cannot be made or nothing can be written into it.
    static func make(_ path: String) throws {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(.failed, "\(path): \(problem); choose another folder or change its permissions.")
        }
        var made = path.hasPrefix("/") ? "/" : "."
        for component in path.split(separator: "/") {
            made += "/\(component)"
            var status = stat()
            if stat(made, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFDIR else { throw failure("\(component) is not a folder") }
            } else if mkdir(made, 0o777) != 0 && errno != EEXIST {
                throw failure("the folder cannot be made: \(String(cString: strerror(errno)))")
            }
        }
        try OutputFile.tryWriting(into: made)
    }
}
