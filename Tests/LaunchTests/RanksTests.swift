// RanksTests.swift — the same global batch on one to four ranks gives the same training.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct RanksTests {
        /// Five samples a step: four ranks have 1, 1, 1 and 2 of them, and of the 20th step, which has
        /// a single one, three ranks have none.
        private static let settings = ["data.global_batch=5", "train.epochs=8"]

        /// Clipping keeps the steps so small that the run does not itself amplify differences.
        @Test func withSGDLossesAndWeightsAgreeOnOneToFourRanks() throws {
            try compareRuns(["optimizer.name=sgd", "optimizer.lr=1e-3", "optimizer.clip_norm=1"]) { differences in
                #expect(differences.beyond == 0, "\(differences)")
            }
        }

        /// Adam divides a gradient by its own size: a weight whose first gradients are zero but for
        /// rounding still moves by the learning rate, up or down. It may be one weight in five
        /// thousand, and off by a step up against a step down.
        @Test func withAdamLossesAndWeightsAgreeOnOneToFourRanks() throws {
            try compareRuns(["optimizer.name=adam", "optimizer.lr=2e-4"]) { differences in
                #expect(differences.beyond <= differences.values / 5_000, "\(differences)")
                #expect(differences.largestAbsoluteBeyond <= 2 * 2e-4, "\(differences)")
            }
        }

        private func compareRuns(_ settings: [String], _ check: (Differences) throws -> Void) throws {
            try withTemporaryFolder { folder in
                let runs = try (1...4).map { try TestRun("\(folder)/\($0)", Self.settings + settings) }
                for (index, run) in runs.enumerated() {
                    try run.finish(ranks: index + 1)
                    #expect(try run.loggedSteps() == Array(1...20))
                    #expect(try run.metrics().allSatisfy { $0["world_size"] as? Int == index + 1 })
                }
                for (index, other) in runs.enumerated().dropFirst() {
                    let losses = try largestLossDifference(runs[0], other)
                    #expect(losses.difference <= bound, "\(index + 1) ranks: \(losses)")
                    let differences = try arrayDifferences(runs[0].latest, other.latest)
                    try check(differences)
                    print("\(settings[0]), 1 against \(index + 1) ranks: losses \(losses), arrays \(differences)")
                }
            }
        }

        /// Relative, over all steps and loss terms.
        private func largestLossDifference(_ a: TestRun, _ b: TestRun) throws -> (difference: Double, place: String) {
            var largest = (difference: 0.0, place: "")
            for (left, right) in zip(try a.metrics(), try b.metrics()) {
                let terms = try #require(left["losses"] as? [String: Double])
                let others = try #require(right["losses"] as? [String: Double])
                try #require(Set(terms.keys) == Set(others.keys) && terms.count >= 8)
                for (name, value) in terms {
                    let difference = abs(value - others[name]!) / max(abs(value), abs(others[name]!))
                    if difference > largest.difference {
                        largest = (difference, "\(name) at step \(left["step"] ?? "?")")
                    }
                }
            }
            return largest
        }

        /// Of weights, running statistics and anchor statistics.
        private struct Differences: CustomStringConvertible {
            var values = 0
            /// How many differ by more than the bound allows, relative to their array's largest value.
            var beyond = 0
            /// Of all values, relative as above.
            var largest = (relative: 0.0, place: "")
            /// Of the values beyond the bound.
            var largestAbsoluteBeyond = 0.0
            var description: String {
                "\(largest.relative) in \(largest.place); beyond \(bound): \(beyond) of \(values), "
                    + "by \(largestAbsoluteBeyond) at most"
            }
        }

        private func arrayDifferences(_ a: String, _ b: String) throws -> Differences {
            let comparison = try compare(a, b)
            #expect(comparison["state_differences"] as? [String] == ["world_size"])
            for list in ["shape_differences", "only_in_a", "only_in_b"] {
                #expect((comparison[list] as? [Any])?.isEmpty == true, "\(list)")
            }
            let (left, right) = (try Checkpoint.read(a), try Checkpoint.read(b))
            func values(_ name: String, _ contents: CheckpointContents) throws -> [Double] {
                switch try #require(contents.arrays[name]).values {
                case .float32(let values): values.map(Double.init)
                case .float64(let values): values
                }
            }
            func largest(_ name: String) throws -> Double { try values(name, left).map(abs).max() ?? 0 }

            var result = Differences()
            for name in left.arrays.keys where !name.hasPrefix("optimizer/") {
                var scale = try largest(name)
                // Many running means are zero but for rounding: their scale is the deviation.
                if name.hasSuffix(".running_mean") {
                    let variance = name.replacingOccurrences(of: ".running_mean", with: ".running_var")
                    scale = max(scale, try largest(variance).squareRoot())
                }
                for (x, y) in zip(try values(name, left), try values(name, right)) {
                    result.values += 1
                    guard x != y else { continue }
                    let relative = abs(x - y) / scale
                    if !(relative <= result.largest.relative) { result.largest = (relative, name) }
                    guard !(relative <= bound) else { continue }
                    result.beyond += 1
                    result.largestAbsoluteBeyond = max(result.largestAbsoluteBeyond, abs(x - y))
                }
            }
            return result
        }
    }
}

private let bound = 1e-4
