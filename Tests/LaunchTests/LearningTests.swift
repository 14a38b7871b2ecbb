// LearningTests.swift — training learns: the loss falls, and the scores of its own data point the right way.
// Nothing else in these suites would notice a step uphill.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct LearningTests {
        /// 120 steps of a network that is let remember twelve samples.
        static let settings = [
            "train.epochs=60", "optimizer.lr=2e-3", "data.augment=false", "model.stochastic_depth=0",
            "model.batch_norm.momentum=0.1",
        ]

        /// Plain training on deepfakes by each optimizer, and the whole method on two ranks.
        @Test(arguments: [
            (0, ["setting=df-only"]), (0, ["setting=df-only", "optimizer.name=adamw"]),
            (0, ["setting=df-only", "optimizer.name=sgd", "optimizer.lr=2e-2", "optimizer.clip_norm=1"]),
            (2, ["setting=prodet"]),
        ])
        func theLossFallsAndTheTrainingSetIsToldApart(ranks: Int, settings: [String]) throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(folder, Self.settings + settings)
                try run.finish(ranks: ranks)
                let losses = try run.metrics().map { try #require($0["loss"] as? Double) }
                let final = try run.metrics().map { try #require(($0["losses"] as? [String: Double])?["final"]) }
                try #require(losses.count == 120)
                func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }
                #expect(mean(losses.suffix(10)) < 0.5 * mean(losses.prefix(10)), "\(losses)")
                let judged = try Judged(run.latest, try SmallWorld.file("train"))
                for name in ["frame_auc", "video_auc"] {
                    let value = try judged.measure(name)
                    #expect(value > 0.9, "\(name)")
                }
                // Among bridges' soft targets, three in four of which are fakes, 120 steps don't find where the middle is.
                guard ranks == 0 else { return }
                // A coin has log 2.
                #expect(mean(final.suffix(10)) < 0.5 * log(2), "\(final)")
                let faces = try judged.videoScores()
                #expect(mean(faces.filter(\.isFake).map(\.score)) > 0.5)
                #expect(mean(faces.filter { !$0.isFake }.map(\.score)) < 0.5)
            }
        }
    }
}

/// What `blendway eval` says of a checkpoint on one dataset.
struct Judged {
    let dataset: [String: Any]
    private let table: [String]

    init(_ checkpoint: String, _ data: String) throws {
        (dataset, table) = try withTemporaryFolder { folder in
            let result = try blendway(
                ["eval", "--checkpoint", checkpoint, "--data", data, "--report", folder, "--threads", "1", "--json"])
            try #require(result.status == 0, "\(result)")
            let datasets = try #require(result.json()["datasets"] as? [[String: Any]])
            return (datasets[0], try lines(of: "\(folder)/videos.csv"))
        }
    }

    func measure(_ name: String) throws -> Double { try #require(dataset[name] as? Double, "\(name) of \(dataset)") }

    struct Video { var method: String, name: String, isFake: Bool, score: Double }

    /// The rows of videos.csv.
    func videoScores() throws -> [Video] {
        try table.dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            try #require(cells.count == 6, "\(line)")
            return Video(
                method: cells[1], name: cells[2], isFake: cells[3] == "1", score: try #require(Double(cells[5]), "\(line)"))
        }
    }
}
