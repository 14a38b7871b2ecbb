// EveryOptionTests.swift — every option of every command is typed by a test of that command.
//
// The options are those of the program's own help, so a new one fails here until a test uses it.

import Foundation
import TestSupport
import Testing

@Suite struct EveryOptionTests {
    /// What a test could type, and none does yet. May only become shorter.
    static let debts: Set<String> = [
        "extract --method", "extract --identity", "extract --compression", "extract --dataset", "extract --splits",
        "extract --names-as", "extract --masks", "extract --trust-pairs", "import deepfakebench --max-distance",
        "import deepfakebench --number-by", "import deepfakebench --mixed-names", "import deepfakebench --trust-pairs",
        "import folder --mixed-names", "import folder --trust-pairs", "import deepfakebench --detector", "import deepfakebench --follow-links",
        "import folder --check", "import folder --dataset", "import folder --deflate", "import folder --detector",
        "import folder --follow-links", "import folder --force", "import folder --frames", "import folder --landmarks",
        "import folder --max-skipped", "import folder --names-as", "import folder --out", "import folder --report-json",
        "import folder --root", "import folder --size", "import folder --split", "import folder --threads",
        // Peak memory depends on whether the system gives huge pages: no bound held on every run.
        "bench step --recompute", "pixels --frames", "predict --faces", "predict --frames", "verify-step --set",
    ]

    private struct Help: Decodable {
        struct Command: Decodable {
            struct Argument: Decodable {
                struct Name: Decodable { var kind: String, name: String }
                var kind: String
                var names: [Name]?
            }
            var commandName: String
            var arguments: [Argument]?
            var subcommands: [Command]?
        }
        var command: Command
    }

    /// Such as "bench scale" and "--hosts".
    private static func options(_ command: Help.Command, _ path: [String] = []) -> [(command: String, option: String)] {
        let subcommands = (command.subcommands ?? []).filter { $0.commandName != "help" }
        guard subcommands.isEmpty else {
            return subcommands.flatMap { options($0, path + [$0.commandName]) }
        }
        return (command.arguments ?? []).filter { $0.kind != "positional" }.compactMap { argument in
            argument.names?.first { $0.kind == "long" }.map { (path.joined(separator: " "), "--" + $0.name) }
        }.filter { !["--help", "--version"].contains($0.1) }
    }

    @Test func everyOptionIsTypedByATestOfItsCommand() throws {
        let result = try run(builtProgram("blendway"), ["--experimental-dump-help"])
        let help = try JSONDecoder().decode(Help.self, from: Foundation.Data(result.stdout.utf8))
        let options = Self.options(help.command)
        #expect(options.count > 150)
        let sources = try TestSources.all()
        var untyped: [String] = []
        for (command, option) in options {
            let words = command.split(separator: " ")
            let isTyped = sources.contains { text in
                (text.contains("\"\(option)\"") || text.contains("\"\(option)=") || text.contains(" \(option) "))
                    && (words.allSatisfy { text.contains("\"\($0)\"") } || (command == "train" && text.contains("TestRun(")))
            }
            if !isTyped && !Self.debts.contains("\(command) \(option)") { untyped.append("\(command) \(option)") }
        }
        #expect(untyped == [], "no test types these")
    }
}
