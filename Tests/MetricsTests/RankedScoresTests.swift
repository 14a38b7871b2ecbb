import Foundation
import Metrics
import Testing

@Suite struct RankedScoresTests {
    struct Golden: Decodable {
        let name: String
        let scores: [Double]
        let labels: [Int]
        let auc: Double
        let eer: Double
        let average_precision: Double
        let accuracy: Double
    }

    static func close(_ a: Double?, _ b: Double, within tolerance: Double = 1e-12) -> Bool {
        a.map { abs($0 - b) <= tolerance } ?? false
    }

    @Test func measuresEqualThoseOfScikitLearn() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Oracle/golden.json")
        let cases = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
        #expect(cases.count == 9)
        for golden in cases {
            let ranked = try RankedScores(
                scores: golden.scores, isFake: golden.labels.map { $0 == 1 })
            #expect(Self.close(ranked.auc, golden.auc), "AUC of \(golden.name)")
            #expect(Self.close(ranked.eer, golden.eer), "EER of \(golden.name)")
            #expect(
                Self.close(ranked.averagePrecision, golden.average_precision),
                "average precision of \(golden.name)")
            #expect(Self.close(ranked.accuracy, golden.accuracy), "accuracy of \(golden.name)")
        }
    }

    @Test(arguments: [2, 3, 7, 30, 90])
    func measuresEqualTheirNaiveTwins(count: Int) throws {
        var random = TestRandom(state: UInt64(count))
        for levels in [2.0, 5, 1000] {
            var isFake = (0..<count).map { _ in Bool.random(using: &random) }
            isFake[0] = false
            isFake[1] = true
            let scores = isFake.map { fake in
                let raw = Double.random(in: 0...1, using: &random) * 0.8 + (fake ? 0.2 : 0)
                return (raw * levels).rounded() / levels
            }
            let ranked = try RankedScores(scores: scores, isFake: isFake)
            #expect(Self.close(ranked.auc, NaiveMeasures.auc(scores, isFake)))
            #expect(Self.close(ranked.eer, NaiveMeasures.eer(scores, isFake), within: 1e-4))
            #expect(
                Self.close(ranked.averagePrecision, NaiveMeasures.averagePrecision(scores, isFake)))
        }
    }

    @Test func orderOfTheItemsChangesNoBit() throws {
        var random = TestRandom(state: 5)
        let items = (0..<500).map { _ in
            (Double(Int.random(in: 0...60, using: &random)) / 60, Bool.random(using: &random))
        }
        let first = try RankedScores(scores: items.map(\.0), isFake: items.map(\.1))
        for _ in 0..<5 {
            let mixed = items.shuffled(using: &random)
            let ranked = try RankedScores(scores: mixed.map(\.0), isFake: mixed.map(\.1))
            #expect(ranked.measures == first.measures)
            #expect(ranked.rocPoints == first.rocPoints)
        }
    }

    @Test func oneClassOnlyIsUndefinedNeverZero() throws {
        let undefined = LevelMeasures(auc: nil, eer: nil, averagePrecision: nil, accuracy: nil)
        #expect(try RankedScores(scores: [0.2, 0.9], isFake: [true, true]).measures == undefined)
        #expect(
            try RankedScores(scores: [0.2, 0.9], isFake: [false, false]).measures == undefined)
        #expect(try RankedScores(scores: [], isFake: []).measures == undefined)
        #expect(try RankedScores(scores: [0.2], isFake: [true]).rocPoints.isEmpty)
    }

    @Test func aScoreThatIsNoNumberIsNamed() {
        #expect(throws: MetricsError.nonFiniteScore(index: 1, score: "nan")) {
            try RankedScores(scores: [0.1, .nan, 0.3], isFake: [true, false, true])
        }
        #expect(throws: MetricsError.nonFiniteScore(index: 0, score: "inf")) {
            try RankedScores(scores: [.infinity], isFake: [true])
        }
    }

    @Test func lengthsThatDifferAreRefused() {
        #expect(throws: MetricsError.lengthMismatch(scores: 2, labels: 1)) {
            try RankedScores(scores: [0.1, 0.2], isFake: [true])
        }
    }

    @Test func rocGoesFromCornerToCornerWithoutPointsOnStraightLines() throws {
        // Falling: fake, fake, real, real, fake. Three strokes: up, right, up.
        let ranked = try RankedScores(
            scores: [0.9, 0.8, 0.7, 0.6, 0.5], isFake: [true, true, false, false, true])
        let points = ranked.rocPoints.map { [$0.falsePositiveRate, $0.truePositiveRate] }
        let third = 2.0 / 3
        let expected: [[Double]] = [[0, 0], [0, third], [1, third], [1, 1]]
        #expect(points == expected)
        #expect(ranked.rocPoints.map(\.threshold) == [nil, 0.8, 0.6, 0.5])
    }

    @Test func aScoreOfExactlyOneHalfCountsAsReal() throws {
        let ranked = try RankedScores(scores: [0.5, 0.5, 0.5], isFake: [true, false, false])
        #expect(Self.close(ranked.accuracy, 2.0 / 3))
    }
}
