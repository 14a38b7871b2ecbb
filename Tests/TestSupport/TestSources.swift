// TestSources.swift — the tests' own sources, for tests that see to it that nothing was forgotten.

import Foundation

public enum TestSources {
    /// The texts of all files of tests.
    public static func all() throws -> [String] { try texts(below: "Tests").map(\.text) }

    /// The program's sources, by their paths below the package.
    public static func program() throws -> [(path: String, text: String)] { try texts(below: "Sources") }

    private static func texts(below folder: String) throws -> [(path: String, text: String)] {
        let root = "\(packageFolder)/\(folder)"
        let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map {
            ("\(folder)/\($0)", try String(contentsOfFile: "\(root)/\($0)", encoding: .utf8))
        }
    }
}
