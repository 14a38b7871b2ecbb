// CompareCommand.swift — `blendway compare`: how two checkpoints differ. The comparison itself is
// Store's CheckpointComparison.

import ArgumentParser
import Foundation
import Store

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two checkpoints, array by array.",
        discussion: """
            Says whether two checkpoints hold the same state bit by bit, as a resumed run and one \
            that was never stopped should, and otherwise how far each array is apart.

              blendway compare runs/a/checkpoints/latest.h5 runs/b/checkpoints/latest.h5

            The configuration and the provenance (hosts, release) are compared too, but do not count \
            for "identical". The exit code is 0 whenever the comparison could be made: read \
            "identical" in the output of --json.

            --json prints one object: a, b, identical, largest_absolute, largest_relative, arrays \
            (name, identical, largest_absolute, largest_relative, incomparable: values that are not \
            finite), shape_differences, only_in_a, only_in_b, state_differences, same_config and \
            provenance_differences.
            """)

    @Argument(help: "A checkpoint.")
    var a: String

    @Argument(help: "Another checkpoint.")
    var b: String

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    /// Arrays that the table shows.
    private static let worst = 15

    private struct Report: Encodable {
        var a: String
        var b: String
        var identical: Bool
        var largestAbsolute: Double
        var largestRelative: Double
        var arrays: [CheckpointComparison.ArrayDifference]
        var shapeDifferences: [CheckpointComparison.ShapeDifference]
        var onlyInA: [String]
        var onlyInB: [String]
        var stateDifferences: [String]
        var sameConfig: Bool
        var provenanceDifferences: [String]
    }

    func run() throws {
        try reportingFailures {
            let comparison = try Checkpoint.compare(a, b)
            if json { try printJSON(comparison) } else { try printTable(comparison) }
        }
    }

    private func printJSON(_ comparison: CheckpointComparison) throws {
        try Console.json(
            Report(
                a: a, b: b, identical: comparison.identical, largestAbsolute: comparison.largestAbsolute,
                largestRelative: comparison.arrays.map(\.largestRelative).max() ?? 0,
                arrays: comparison.arrays, shapeDifferences: comparison.shapeDifferences,
                onlyInA: comparison.onlyInA, onlyInB: comparison.onlyInB,
                stateDifferences: comparison.stateDifferences, sameConfig: comparison.sameConfig,
                provenanceDifferences: comparison.provenanceDifferences))
    }

    private func printTable(_ comparison: CheckpointComparison) throws {
        let different = comparison.arrays.filter { !$0.identical }
        var text = comparison.identical ? "identical: " : "different: "
        text += "\(comparison.arrays.count - different.count) of \(comparison.arrays.count) arrays are equal bit by bit\n"
        if !different.isEmpty {
            let sorted = different.sorted { ($0.incomparable, $0.largestAbsolute) > ($1.incomparable, $1.largestAbsolute) }
            text += Console.table(
                [["array", "absolute", "relative", "not finite"]]
                    + sorted.prefix(Self.worst).map {
                        [$0.name, Self.short($0.largestAbsolute), Self.short($0.largestRelative), String($0.incomparable)]
                    })
            if sorted.count > Self.worst { text += "  … and \(sorted.count - Self.worst) more with smaller differences\n" }
        }
        for difference in comparison.shapeDifferences {
            text += "\(difference.name): \(difference.a) against \(difference.b)\n"
        }
        text += Self.list("only in \(a)", comparison.onlyInA)
        text += Self.list("only in \(b)", comparison.onlyInB)
        text += Self.list("state that differs", comparison.stateDifferences)
        if !comparison.sameConfig { text += "the configurations differ\n" }
        text += Self.list("provenance that differs", comparison.provenanceDifferences)
        try Console.output(text)
    }

    private static func list(_ title: String, _ names: [String]) -> String {
        if names.isEmpty { return "" }
        let more = names.count > worst ? ", … and \(names.count - worst) more" : ""
        return "\(title): \(names.prefix(worst).joined(separator: ", "))\(more)\n"
    }

    private static func short(_ value: Double) -> String { value == 0 ? "0" : String(format: "%.3g", value) }
}
