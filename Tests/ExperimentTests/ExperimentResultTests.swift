// ExperimentResultTests.swift — what an experiment's numbers are computed from: the right datasets, the right seeds.

import Experiment
import Metrics
import Testing

@Suite struct ExperimentResultTests {
    private func dataset(_ name: String, _ auc: Double) -> DatasetResult {
        let level = LevelMeasures(auc: auc, eer: 1 - auc, averagePrecision: auc, accuracy: auc)
        return DatasetResult(
            name: name, frames: 2, videos: 2, measures: Measures(frame: level, video: level), methods: [],
            evaluationProtocol: nil)
    }

    /// One seen dataset, then two unseen ones.
    private func run(_ seed: UInt64, unseen: Double) -> ExperimentResult.Run {
        .init(
            seed: seed,
            evaluation: EvaluationResult(
                datasets: [dataset("seen", 0.99), dataset("a", unseen - 0.02), dataset("b", unseen + 0.02)]),
            seenCount: 1)
    }

    @Test func seenAndUnseenDatasetsAreToldApart() throws {
        let measures = ExperimentResult.Run.measures(run(1, unseen: 0.7).evaluation, seen: 1)
        #expect(measures.seen?.frame.auc == 0.99)
        #expect(abs(try #require(measures.unseen?.frame.auc) - 0.7) < 1e-12)
        #expect(abs(try #require(measures.unseen?.video.eer) - 0.3) < 1e-12)
    }

    @Test func settingsAreComparedSeedBySeed() throws {
        let settings = [
            ExperimentResult.Setting(name: "new", runs: [run(1, unseen: 0.9), run(2, unseen: 0.8), run(3, unseen: 0.7)]),
            // In another order; seed 4 has no partner.
            ExperimentResult.Setting(
                name: "old", runs: [run(3, unseen: 0.6), run(4, unseen: 0.1), run(1, unseen: 0.85), run(2, unseen: 0.75)]),
        ]
        let pair = try #require(ExperimentResult.pairs(settings, reference: "new").first)
        #expect(pair.a == "new" && pair.b == "old" && pair.seeds == 3)
        // 0.05, 0.05 and 0.1.
        #expect(abs(pair.difference - 0.2 / 3) < 1e-12)
        let deviation = (2 * (0.05 / 3) * (0.05 / 3) + (0.1 / 3) * (0.1 / 3)) / 2
        #expect(abs(try #require(pair.sd) - deviation.squareRoot()) < 1e-12)
    }
}
