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
        private static let bound = 1e-4

        @Test(arguments: [["optimizer.name=adam"], ["optimizer.name=sgd", "optimizer.lr=1e-3"]])
        func lossesAndWeightsAgreeOnOneToFourRanks(optimizer: [String]) throws {
            try withTemporaryFolder { folder in
                let runs = try (1...4).map { try TestRun("\(folder)/\($0)", Self.settings + optimizer) }
                for (index, run) in runs.enumerated() {
                    try run.finish(ranks: index + 1)
                    #expect(try run.loggedSteps() == Array(1...20))
                    #expect(try run.metrics().allSatisfy { $0["world_size"] as? Int == index + 1 })
                }
                for (index, other) in runs.enumerated().dropFirst() {
                    let losses = try largestLossDifference(runs[0], other)
                    let weights = try largestArrayDifference(runs[0].latest, other.latest)
                    print("\(optimizer[0]), 1 against \(index + 1) ranks: losses \(losses), arrays \(weights)")
                    #expect(losses.difference <= Self.bound, "\(index + 1) ranks: \(losses)")
                    #expect(weights.difference <= Self.bound, "\(index + 1) ranks: \(weights)")
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

        /// Of weights, running statistics and anchor statistics: the largest difference of an array
        /// relative to its largest value; of running means relative to the deviation behind them, as
        /// many are zero but for rounding.
        private func largestArrayDifference(_ a: String, _ b: String) throws -> (difference: Double, place: String) {
            let comparison = try compare(a, b)
            #expect(comparison["state_differences"] as? [String] == ["world_size"])
            for list in ["shape_differences", "only_in_a", "only_in_b"] {
                #expect((comparison[list] as? [Any])?.isEmpty == true, "\(list)")
            }
            let contents = try Checkpoint.read(a)
            func scale(_ name: String) throws -> Double {
                let values: [Double] =
                    switch try #require(contents.arrays[name]).values {
                    case .float32(let values): values.map(Double.init)
                    case .float64(let values): values
                    }
                return values.map(abs).max() ?? 0
            }
            var largest = (difference: 0.0, place: "")
            for array in try #require(comparison["arrays"] as? [[String: Any]]) {
                let name = try #require(array["name"] as? String)
                guard !name.hasPrefix("optimizer/") else { continue }
                #expect(array["incomparable"] as? Int == 0, "\(name)")
                let absolute = try #require(array["largest_absolute"] as? Double)
                guard absolute > 0 else { continue }
                var size = try scale(name)
                if name.hasSuffix(".running_mean") {
                    let variance = name.replacingOccurrences(of: ".running_mean", with: ".running_var")
                    size = max(size, try scale(variance).squareRoot())
                }
                if absolute / size > largest.difference { largest = (absolute / size, name) }
            }
            return largest
        }
    }
}
