// NaiveMeasures.swift — the measures straight from their definitions, O(n²): the tests' oracle.

import Metrics

enum NaiveMeasures {
    static func auc(_ scores: [Double], _ isFake: [Bool]) -> Double {
        var wins = 0.0
        var pairs = 0.0
        for (fake, fakeLabel) in zip(scores, isFake) where fakeLabel {
            for (real, realLabel) in zip(scores, isFake) where !realLabel {
                pairs += 1
                wins += fake > real ? 1 : fake == real ? 0.5 : 0
            }
        }
        return wins / pairs
    }

    /// Shares of real and of fake items at or above the threshold.
    private static func rates(
        _ scores: [Double], _ isFake: [Bool], threshold: Double
    ) -> (fpr: Double, tpr: Double) {
        var fake = (above: 0.0, all: 0.0)
        var real = (above: 0.0, all: 0.0)
        for (score, label) in zip(scores, isFake) {
            let above = score >= threshold ? 1.0 : 0
            if label {
                fake.above += above
                fake.all += 1
            } else {
                real.above += above
                real.all += 1
            }
        }
        return (real.above / real.all, fake.above / fake.all)
    }

    /// Walks every segment of the ROC in small steps until both error rates are equal.
    static func eer(_ scores: [Double], _ isFake: [Bool]) -> Double {
        let thresholds = [Double.infinity] + Set(scores).sorted(by: >)
        let points = thresholds.map { rates(scores, isFake, threshold: $0) }
        var best = (gap: Double.infinity, rate: Double.nan)
        for (a, b) in zip(points, points.dropFirst()) {
            for step in 0...10_000 {
                let t = Double(step) / 10_000
                let fpr = a.fpr + t * (b.fpr - a.fpr)
                let fnr = 1 - (a.tpr + t * (b.tpr - a.tpr))
                if abs(fpr - fnr) < best.gap { best = (abs(fpr - fnr), fpr) }
            }
        }
        return best.rate
    }

    static func averagePrecision(_ scores: [Double], _ isFake: [Bool]) -> Double {
        var sum = 0.0
        var recallBefore = 0.0
        let fakeCount = Double(isFake.filter { $0 }.count)
        for threshold in Set(scores).sorted(by: >) {
            let called = zip(scores, isFake).filter { $0.0 >= threshold }
            let right = Double(called.filter { $0.1 }.count)
            sum += (right / fakeCount - recallBefore) * right / Double(called.count)
            recallBefore = right / fakeCount
        }
        return sum
    }
}

/// SplitMix64: repeatable numbers for the tests.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
