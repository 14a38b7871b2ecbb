// LossesOrientationTests.swift — the orientation loss against PyTorch's autograd, central
// differences, and itself on shares of the batch.

import Model
import Tensor
import Testing

@Suite struct LossesOrientationTests {
    // n samples, D numbers a feature.
    private static let dimension = 5
    private static let batches: [[Anchor]] = [
        [0, 0, 1, 1, 1, 2, 2, 3, 3], [0, 1, 2, 2, 3, 3, 3], [0, 0, 1, 1, 3, 3],
    ].map { $0.map { Anchor(rawValue: $0)! } }

    /// The rule of Oracle/losses_golden.py.
    private static func features(_ batch: Int) -> [Float] {
        batches[batch].enumerated().flatMap { i, anchor in
            (0..<dimension).map { d in
                let fraction = (41 * i + 17 * d + 23 * batch + 5 * i * d) % 64 - 32
                return Float(
                    Double(fraction) / 32 + 0.5 * Double(anchor.rawValue) * Double(d + 1) / Double(dimension))
            }
        }
    }

    private struct Outcome: Sendable {
        var report: OrientationReport
        var gradient: [Float]
    }

    private static func evaluate(
        _ loss: OrientationLoss, _ features: [Float], _ anchors: [Anchor],
        _ statistics: inout AnchorStatistics, updating: Bool = true, weight: Double = 1,
        reducer: any SumReducer = LocalReducer()
    ) throws -> Outcome {
        var gradient = [Float](repeating: .nan, count: features.count)
        let report = try features.withUnsafeBufferPointer { features in
            try gradient.withUnsafeMutableBufferPointer { gradient in
                try loss.evaluate(
                    features: features, anchorOfSample: anchors, weight: weight,
                    statistics: &statistics, updating: updating, reducer: reducer,
                    featureGradient: gradient)
            }
        }
        return Outcome(report: report, gradient: gradient)
    }

    @Test(arguments: AnchorOrder.allCases)
    func lossSigmaAndGradientAreThoseOfAutograd(order: AnchorOrder) throws {
        let (losses, sigmas, gradient) = switch order {
        case .progressive:
            (LossesGolden.progressiveLosses, LossesGolden.progressiveSigmas, LossesGolden.progressiveGradient)
        case .deepfakeFirst:
            (LossesGolden.deepfakeFirstLosses, LossesGolden.deepfakeFirstSigmas,
             LossesGolden.deepfakeFirstGradient)
        case .surround:
            (LossesGolden.surroundLosses, LossesGolden.surroundSigmas, LossesGolden.surroundGradient)
        }
        let loss = try OrientationLoss(anchors: Anchor.allCases, order: order)
        var statistics = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        for batch in 0..<3 {
            let outcome = try Self.evaluate(
                loss, Self.features(batch), Self.batches[batch], &statistics)
            #expect(abs(outcome.report.loss - losses[batch]) < 1e-11 * losses[batch])
            #expect(abs(outcome.report.sigma! - sigmas[batch]) < 1e-11)
            if batch == 1 {
                let size = gradient.map(abs).max()!
                #expect(largestDifference(outcome.gradient, gradient) < 1e-7 * size)
            }
        }
    }

    @Test(arguments: AnchorOrder.allCases)
    func gradientsAreCentralDifferencesThroughTheGlobalBatch(order: AnchorOrder) throws {
        let loss = try OrientationLoss(anchors: Anchor.allCases, order: order)
        var statistics = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        _ = try Self.evaluate(loss, Self.features(0), Self.batches[0], &statistics)
        // On a grid, so that a step is exact in float32.
        let features = Self.features(1).map { ($0 * 64).rounded() / 64 }
        let weight = 0.7
        let outcome = try Self.evaluate(
            loss, features, Self.batches[1], &statistics, updating: false, weight: weight)
        let numeric = try centralDifferences(features, step: 0x1p-13) {
            try weight
                * Self.evaluate(loss, $0, Self.batches[1], &statistics, updating: false).report.loss
        }
        let size = numeric.map(abs).max()!
        #expect(size > 0.1)
        #expect(largestDifference(outcome.gradient, numeric) < 1e-5 * size)
    }

    /// Cuts of the batch's samples: whole, halves, uneven, with empty ones first, in between, last.
    static let cuts: [[[Int]]] = [
        [[0, 1, 2, 3, 4, 5, 6, 7, 8]],
        [[0, 2, 4, 6, 8], [1, 3, 5, 7]],
        [[8, 7, 6, 5, 4, 3, 2, 1, 0], []],
        [[0], [1, 2, 3, 4, 5, 6, 7], [8]],
        [[], [0, 1, 2, 3, 4, 5, 6, 7, 8], []],
        [[5, 6], [0, 1, 7, 8], [2], [3, 4]],
        [[], [0, 1, 2, 3], [], [4, 5, 6, 7, 8]],
    ]

    @Test(arguments: cuts)
    func sharesGiveTheLossAndGradientsOfTheWholeBatch(shares: [[Int]]) throws {
        let loss = try OrientationLoss(anchors: Anchor.allCases)
        let start = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        let features = Self.features(0)
        let anchors = Self.batches[0]
        var statistics = start
        let whole = try Self.evaluate(loss, features, anchors, &statistics)

        let parts = LossesShareReducer.run(participants: shares.count) { rank, reducer in
            let samples = shares[rank]
            var statistics = start
            let outcome = try! Self.evaluate(
                loss, samples.flatMap { features[$0 * Self.dimension..<($0 + 1) * Self.dimension] },
                samples.map { anchors[$0] }, &statistics, reducer: reducer)
            return (outcome: outcome, state: statistics.state)
        }
        for (rank, part) in parts.enumerated() {
            #expect(abs(part.outcome.report.loss - whole.report.loss) < 1e-12)
            #expect(part.outcome.report.loss == parts[0].outcome.report.loss)
            #expect(part.outcome.report.counts == [2, 3, 2, 2])
            for (mine, theirs) in zip(part.state, parts[0].state) {
                #expect(mine.name == theirs.name && mine.values == theirs.values)
            }
            for (row, sample) in shares[rank].enumerated() {
                let expected = whole.gradient[sample * Self.dimension..<(sample + 1) * Self.dimension]
                let found = part.outcome.gradient[row * Self.dimension..<(row + 1) * Self.dimension]
                #expect(largestDifference(Array(found), expected.map(Double.init)) < 1e-6)
            }
        }
    }

    @Test func aPairWithAMissingAnchorCountsNothing() throws {
        let loss = try OrientationLoss(anchors: Anchor.allCases)
        var statistics = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        _ = try Self.evaluate(loss, Self.features(0), Self.batches[0], &statistics)
        let outcome = try Self.evaluate(loss, Self.features(2), Self.batches[2], &statistics)
        #expect(outcome.report.separations.map(\.pair.description) == ["r-s"])
        #expect(outcome.report.positions[Anchor.crossBlended.rawValue] == nil)
        #expect(outcome.report.positions[Anchor.deepfake.rawValue] != nil)
        #expect(outcome.gradient.allSatisfy { $0.isFinite })
    }

    @Test func withoutAnOrientationEverythingIsZero() throws {
        let loss = try OrientationLoss(anchors: Anchor.allCases)
        // No deepfake seen yet; all means equal; nothing at all.
        let cases: [([Float], [Anchor])] = [
            ([1, 2, 3, 4], [.real, .selfBlended]), ([1, 2, 1, 2], [.real, .deepfake]), ([], []),
        ]
        for (features, anchors) in cases {
            var statistics = try AnchorStatistics(dimension: 2, momentum: 0.9)
            let outcome = try Self.evaluate(loss, features, anchors, &statistics)
            #expect(outcome.report.loss == 0)
            #expect(outcome.report.sigma == nil)
            #expect(outcome.gradient.allSatisfy { $0 == 0 })
        }
    }

    @Test func identicalFeaturesWithinAnchorsStayFinite() throws {
        let loss = try OrientationLoss(anchors: [.real, .deepfake])
        var statistics = try AnchorStatistics(dimension: 2, momentum: 0.9)
        let anchors: [Anchor] = [.real, .real, .deepfake, .deepfake]
        let outcome = try Self.evaluate(loss, [0, 0, 0, 0, 1, 1, 1, 1], anchors, &statistics)
        #expect(abs(outcome.report.sigma! - 1e-3) < 1e-12)
        #expect(outcome.report.loss == 0)
        // The same two anchors the wrong way round of the running orientation.
        let swapped = try Self.evaluate(loss, [1, 1, 1, 1, 0, 0, 0, 0], anchors, &statistics)
        #expect(swapped.report.loss.isFinite && swapped.report.loss > 1000)
        #expect(swapped.gradient.allSatisfy { $0.isFinite })
    }

    @Test func anchorsNotInUseGetNoGradientAndDoNotCount() throws {
        let loss = try OrientationLoss(anchors: [.real, .deepfake])
        var withOthers = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        var without = withOthers
        let all = try Self.evaluate(loss, Self.features(0), Self.batches[0], &withOthers)
        let few = try Self.evaluate(
            loss, Array(Self.features(0)[..<10] + Self.features(0)[35...]),
            [.real, .real, .deepfake, .deepfake], &without)
        #expect(all.report.loss == few.report.loss)
        #expect(all.gradient[10..<35].allSatisfy { $0 == 0 })
        #expect(Array(all.gradient[..<10] + all.gradient[35...]) == few.gradient)
    }

    @Test func aStepAgainstTheGradientSpreadsTheAnchors() throws {
        let loss = try OrientationLoss(anchors: Anchor.allCases)
        var statistics = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        let features = Self.features(0)
        let before = try Self.evaluate(loss, features, Self.batches[0], &statistics)
        let moved = zip(features, before.gradient).map { $0 - 0.01 * $1 }
        let after = try Self.evaluate(loss, moved, Self.batches[0], &statistics, updating: false)
        #expect(after.report.loss < before.report.loss)
    }

    @Test func aNaNFeatureShowsInTheLossButNotInTheRunningMeans() throws {
        let loss = try OrientationLoss(anchors: Anchor.allCases)
        var statistics = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        _ = try Self.evaluate(loss, Self.features(0), Self.batches[0], &statistics)
        let before = statistics.mean(of: .real)
        var broken = Self.features(1)
        broken[0] = .nan
        let outcome = try Self.evaluate(loss, broken, Self.batches[1], &statistics)
        #expect(outcome.report.loss.isNaN)
        #expect(statistics.mean(of: .real) == before)
    }

    @Test func restoredStatisticsContinueWithTheSameBytes() throws {
        let loss = try OrientationLoss(anchors: Anchor.allCases)
        var original = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        _ = try Self.evaluate(loss, Self.features(0), Self.batches[0], &original)
        var restored = try AnchorStatistics(dimension: Self.dimension, momentum: 0.9)
        try restored.restore(original.state)
        #expect(
            original.state.map(\.name)
                == ["running_mean_r", "running_mean_s", "running_mean_c", "running_mean_f"])
        let a = try Self.evaluate(loss, Self.features(1), Self.batches[1], &original)
        let b = try Self.evaluate(loss, Self.features(1), Self.batches[1], &restored)
        #expect(a.report.loss == b.report.loss && a.gradient == b.gradient)
        #expect(original.state.map(\.values) == restored.state.map(\.values))
    }

    @Test func badStateIsRefusedAndChangesNothing() throws {
        var statistics = try AnchorStatistics(dimension: 2, momentum: 0.9)
        try statistics.restore([("running_mean_r", [1, 2])])
        let bad: [[(name: String, values: [Double])]] = [
            [("running_mean_s", [1, 2, 3])], [("running_mean_x", [1, 2])], [("running_mean_s", [1, .nan])],
        ]
        for state in bad {
            #expect(throws: ObjectiveError.self) { try statistics.restore(state) }
            #expect(statistics.mean(of: .real) == [1, 2])
        }
    }

    @Test func badNumbersAreRefused() {
        #expect(throws: ObjectiveError.self) { try OrientationLoss(anchors: Anchor.allCases, margin: -1) }
        #expect(throws: ObjectiveError.self) { try OrientationLoss(anchors: Anchor.allCases, epsilon: 0) }
        #expect(throws: ObjectiveError.self) { try AnchorStatistics(dimension: 0, momentum: 0.1) }
        #expect(throws: ObjectiveError.self) { try AnchorStatistics(dimension: 2, momentum: 1) }
    }
}
