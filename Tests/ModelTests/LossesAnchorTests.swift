// LossesAnchorTests.swift — anchors, orders, settings, targets and the draws of bridges.

import Model
import Tensor
import Testing

@Suite struct LossesAnchorTests {
    @Test func publishedOrderHasThreeNeighbourPairs() {
        let pairs = AnchorOrder.progressive.pairs(among: Anchor.allCases)
        #expect(pairs.map(\.description) == ["r-s", "s-c", "c-f"])
    }

    @Test func alternativeOrdersHaveTheirOwnNeighbours() {
        let r2d2b = AnchorOrder.deepfakeFirst.pairs(among: Anchor.allCases)
        #expect(r2d2b.map(\.description) == ["r-f", "f-s", "s-c"])
        let surround = AnchorOrder.surround.pairs(among: Anchor.allCases)
        #expect(surround.map(\.description) == ["r-s", "r-c", "r-f"])
    }

    @Test func anUnusedAnchorIsSteppedOver() {
        #expect(AnchorOrder.progressive.pairs(among: [.deepfake, .real]).map(\.description) == ["r-f"])
        #expect(
            AnchorOrder.deepfakeFirst.pairs(among: [.real, .selfBlended, .crossBlended])
                .map(\.description) == ["r-s", "s-c"])
        #expect(AnchorOrder.surround.pairs(among: [.real, .crossBlended]).map(\.description) == ["r-c"])
        #expect(AnchorOrder.progressive.pairs(among: [.real]).isEmpty)
        #expect(AnchorOrder.progressive.pairs(among: []).isEmpty)
    }

    @Test func settingsAreThoseOfTheMethod() {
        #expect(
            Setting.allCases.map(\.rawValue) == ["df-only", "bf-only", "vht", "prodet-published", "prodet"])
        #expect(Setting.deepfakesOnly.anchors == [.real, .deepfake])
        #expect(Setting.blendfakesOnly.anchors == [.real, .selfBlended, .crossBlended])
        #expect(Setting.vanillaHybrid.anchors == Anchor.allCases)
        for baseline in [Setting.deepfakesOnly, .blendfakesOnly, .vanillaHybrid] {
            #expect(baseline.terms == .final)
        }
        #expect(!Setting.prodetPublished.terms.contains(.orientation))
        #expect(Setting.prodet.terms == Setting.prodetPublished.terms.union(.orientation))
    }

    @Test func targetsOfAnchorsAndBridgesAreThePublishedTable() {
        let lambda: Float = 0.3
        let table = TargetTable(
            anchors: Anchor.allCases, quadruples: 1,
            bridges: AnchorOrder.progressive.pairs(among: Anchor.allCases).map { ($0, [lambda]) })
        #expect(table.rows == 7)
        #expect(table.blending == [0, 1, 1, 1, lambda, 1, 1])
        #expect(table.identity == [0, 0, 1, 1, 0, lambda, 1])
        #expect(table.generation == [0, 0, 0, 1, 0, 0, lambda])
    }

    @Test func bridgesOfOtherOrdersMixTheirEnds() {
        let target = AttributeTargets.bridge(AnchorPair(.deepfake, .selfBlended), lambda: 0.25)
        #expect(target == AttributeTargets(blending: 1, identity: 0.75, generation: 0.75))
    }

    @Test func rowsFollowTheBatchAndClassesAddUpToOne() {
        let pair = AnchorPair(.real, .deepfake)
        let table = TargetTable(
            anchors: [.real, .deepfake], quadruples: 2, bridges: [(pair, [0.25, 0.5])])
        #expect(table.blending == [0, 0, 1, 1, 0.25, 0.5])
        #expect(table.labels.prefix(9) == [0, 0, 0, 0, 0, 0, 1, 1, 1])
        #expect(
            table.anchor == [
                1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0.75, 0, 0, 0.25, 0.5, 0, 0, 0.5,
            ])
    }

    @Test func anEmptyShareHasNoRows() {
        let table = TargetTable(
            anchors: Anchor.allCases, quadruples: 0, bridges: [(AnchorPair(.real, .selfBlended), [])])
        #expect(table.rows == 0)
        #expect(table.blending.isEmpty && table.anchor.isEmpty && table.labels.isEmpty)
    }

    @Test func lambdasDependOnSeedSampleEpochAndPair() {
        let pairs = AnchorOrder.progressive.pairs(among: Anchor.allCases)
        func lambda(_ seed: UInt64, _ epoch: Int, _ sample: Int, _ pair: AnchorPair) -> Float {
            Bridge.lambda(seed: seed, key: SampleKey(epoch: epoch, sample: sample), pair: pair)
        }
        var seen = Set<Float>()
        for sample in 0..<50 {
            for pair in pairs { seen.insert(lambda(7, 3, sample, pair)) }
        }
        #expect(seen.count > 145)  // 150 draws on a grid of 2⁻²⁴ or finer hardly ever coincide.
        let one = lambda(7, 3, 4, pairs[1])
        #expect(one == lambda(7, 3, 4, pairs[1]))
        #expect(one != lambda(8, 3, 4, pairs[1]))
        #expect(one != lambda(7, 4, 4, pairs[1]))
    }

    @Test func lambdasHaveTheMomentsOfTheirDistribution() {
        let pair = AnchorPair(.real, .selfBlended)
        let draws = (0..<20_000).map {
            Double(Bridge.lambda(seed: 1, key: SampleKey(epoch: 0, sample: $0), pair: pair))
        }
        #expect(draws.allSatisfy { $0 >= 0 && $0 <= 1 })
        let mean = draws.reduce(0, +) / 20_000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        // Var Beta(α, α) = 1/(4(2α + 1)); averaged over α ~ U(0.5, 2) that is ln(5/2)/12.
        #expect(abs(mean - 0.5) < 0.008)
        #expect(abs(variance - 0.916_290_73 / 12) < 0.002)
    }
}
