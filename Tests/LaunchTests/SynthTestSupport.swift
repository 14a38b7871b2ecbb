// SynthTestSupport.swift — the program under test, and its output as JSON.

import Foundation
import TestSupport
import Testing

/// Runs the program that was built with these tests.
func blendway(_ arguments: [String], environment: [String: String] = [:], timeout: Double = 120) throws -> ProcessResult {
    try run(builtProgram("blendway"), arguments, environment: environment, timeout: timeout)
}

/// The names in a folder, hidden ones included.
func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

extension ProcessResult {
    /// Standard output as one JSON object and nothing else.
    func json() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Foundation.Data(stdout.utf8))
        return try #require(object as? [String: Any], "\(self)")
    }
}
