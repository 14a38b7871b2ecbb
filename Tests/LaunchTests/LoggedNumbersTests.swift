// LoggedNumbersTests.swift — what metrics.jsonl says is what was done: the loss, its terms, the learning rate.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct LoggedNumbersTests {
        /// No weight is 1, and no two are alike: neither a missing weight nor a mixed-up one passes.
        private static let weights = [
            "final": 0.7, "attributes": 0.5, "blending": 2, "identity": 3, "generation": 0.3, "transition": 0.01,
            "orientation": 0.4,
        ]

        /// What a term counts by the names of the settings.
        private func weight(_ term: String) -> Double {
            let weights = Self.weights
            if term.hasPrefix("transition_") { return weights["transition"]! }
            let isHead = ["blending", "identity", "generation"].contains(term)
            return (isHead ? weights["attributes"]! : 1) * weights[term]!
        }

        @Test(arguments: [0, 2]) func theLossIsTheWeightedSumOfItsTerms(ranks: Int) throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(
                    folder, Self.weights.map { "losses.\($0.key)=\($0.value)" } + ["train.log_every=2", "setting=prodet"])
                try run.finish(ranks: ranks, ["--steps", "6"])
                for record in try run.metrics() {
                    let terms = try #require(record["losses"] as? [String: Double])
                    #expect(terms.count == 8, "\(terms)")
                    let sum = terms.reduce(0) { $0 + weight($1.key) * $1.value }
                    let loss = try #require(record["loss"] as? Double)
                    #expect(abs(loss - sum) < 1e-9 * abs(sum), "\(loss) is not \(sum), the sum of \(terms)")
                }
                #expect(try run.loggedSteps() == [2, 4, 6])
            }
        }

        /// A line is the mean of its interval's steps, not the last or the sum of them.
        @Test func aLineIsTheMeanOfItsSteps() throws {
            try withTemporaryFolder { folder in
                func losses(_ name: String, every: Int) throws -> [Double] {
                    let run = try TestRun("\(folder)/\(name)", ["train.log_every=\(every)"])
                    try run.finish(["--steps", "5"])
                    return try run.metrics().map { try #require($0["loss"] as? Double) }
                }
                let (single, pairs) = (try losses("single", every: 1), try losses("pairs", every: 2))
                try #require(single.count == 5 && pairs.count == 3)
                for (mean, steps) in zip(pairs, [single[0...1], single[2...3], single[4...4]]) {
                    let expected = steps.reduce(0, +) / Double(steps.count)
                    #expect(abs(mean - expected) < 1e-9 * abs(expected))
                }
            }
        }

        /// Settings, and the rates that they mean, by hand: two steps an epoch, ten epochs.
        private static let schedules: [(settings: [String], rate: @Sendable (Double) -> Double)] = [
            (["schedule.warmup_steps=4"], { min(1, ($0 + 1) / 4) }),
            (
                ["schedule.name=step", "schedule.step_size=3", "schedule.gamma=0.1"],
                { [1, 0.1, 0.01, 0.001][Int($0 / 6)] }
            ),
            (["schedule.name=cosine", "schedule.per=step"], { (1 + cos(Double.pi * $0 / 20)) / 2 }),
            (
                ["schedule.name=cosine", "schedule.per=epoch", "schedule.warmup_steps=2"],
                { min(1, ($0 + 1) / 2) * (1 + cos(Double.pi * ($0 / 2).rounded(.down) / 10)) / 2 }
            ),
            (
                ["schedule.name=linear", "schedule.start_epoch=4"],
                { $0 < 10 ? 1 : (10 - ($0 / 2).rounded(.down)) / 6 }
            ),
            // A quarter of ten epochs is two whole ones.
            (["schedule.name=linear", "schedule.per=step"], { $0 <= 4 ? 1 : (10 - $0 / 2) / 8 }),
        ]

        @Test(arguments: schedules.indices) func theRateIsTheSchedulesAndIsWhatMovesTheWeights(schedule: Int) throws {
            let (settings, rate) = Self.schedules[schedule]
            try withTemporaryFolder { folder in
                // Without momentum and decay, and with its norm clipped to far below its size, each step of SGD is
                // as long as the rate times that norm.
                let run = try TestRun(
                    folder,
                    [
                        "setting=df-only", "optimizer.name=sgd", "optimizer.lr=0.02", "optimizer.momentum=0",
                        "optimizer.weight_decay=0", "optimizer.clip_norm=0.1", "train.checkpoint_every_steps=1",
                        "train.checkpoint_keep=20",
                    ] + settings)
                try run.finish()
                let rates = try run.metrics().map { try #require($0["learning_rate"] as? Double) }
                try #require(rates.count == 20)
                for (step, logged) in rates.enumerated() {
                    let expected = 0.02 * rate(Double(step))
                    #expect(abs(logged - expected) < 1e-12, "step \(step): \(logged), not \(expected)")
                    guard step > 0, let moved = try distance(run.checkpoint(step), run.checkpoint(step + 1)) else { continue }
                    #expect(abs(moved - expected * 0.1) < 0.01 * expected * 0.1 + 1e-5, "step \(step): \(moved)")
                }
            }
        }

        /// Of the weights of two checkpoints; nil where a busy disk has skipped one.
        private func distance(_ a: String, _ b: String) throws -> Double? {
            guard [a, b].allSatisfy(FileManager.default.fileExists) else { return nil }
            let (a, b) = (try Weights(a, "model"), try Weights(b, "model"))
            return a.distance(to: b)
        }
    }
}
