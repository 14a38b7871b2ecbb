// DistinctFiles.swift — the rule for lists of inputs: nothing twice. What is in two different files is another matter.

import Foundation

enum DistinctFiles {
    /// Refuses a file or folder that is given twice: by one path, through a link or as a hard link, or by itself beside
    /// a folder that it lies in. It would be judged, or learnt, as if there were more data.
    /// - Throws: `CommandFailure`. Paths that lead nowhere are for their readers to refuse.
    static func require(_ paths: [String]) throws {
        var seen: [Identity: String] = [:]
        var folders: [(real: String, given: String)] = []
        var places: [(real: String, given: String)] = []
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0, let real = realPath(path) else { continue }
            if let first = seen.updateValue(path, forKey: Identity(device: UInt64(status.st_dev), file: UInt64(status.st_ino))) {
                throw CommandFailure(
                    .usage, first == path ? "\(path) is given twice; give it once." : "\(first) and \(path) are one and the same; give it once.")
            }
            places.append((real, path))
            if status.st_mode & S_IFMT == S_IFDIR { folders.append((real == "/" ? "/" : real + "/", path)) }
        }
        for folder in folders {
            if let inside = places.first(where: { $0.real.hasPrefix(folder.real) }) {
                throw CommandFailure(.usage, "\(inside.given) lies in \(folder.given), which is given too; give one of them.")
            }
        }
    }

    private struct Identity: Hashable {
        var device: UInt64
        var file: UInt64
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
