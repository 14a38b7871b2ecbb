// Python.swift — an interpreter with packages that a test compares with, if this machine has one.

import Foundation

/// The interpreter that `BLENDWAY_PYTHON` names, that tools/python-env.sh made, or `python3`, whichever
/// first has all `modules`; nil if none has. Nothing is installed.
public func python(with modules: [String]) -> String? {
    let candidates = [
        ProcessInfo.processInfo.environment["BLENDWAY_PYTHON"],
        packageFolder + "/.build-python/env/bin/python", "/usr/bin/python3",
    ]
    return candidates.compactMap { $0 }.first { interpreter in
        guard FileManager.default.isExecutableFile(atPath: interpreter) else { return false }
        let imports = modules.map { "import \($0)" }.joined(separator: "\n")
        return (try? run(interpreter, ["-c", imports], timeout: 120))?.status == 0
    }
}

/// The package's root: tests run in it or know where their sources were.
public let packageFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
