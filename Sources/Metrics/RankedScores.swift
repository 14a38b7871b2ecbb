// RankedScores.swift — scores sorted once, and the four measures read off the sorted list.
//
// Not here: which frames and videos go into the list (Evaluation).
//
// The list is cut into groups of equal scores, so that ties never depend on the order in which
// scores arrive, and areas are counted in integers, so that no sum depends on it either. The
// same scores in any order give the same bits.

/// Scores of real (negative) and fake (positive) items, ranked from most to least fake.
///
/// Sorting costs O(n log n), every measure after that O(n). All measures are nil ("undefined")
/// when there are only real or only fake items, or none at all.
public struct RankedScores: Sendable {
    /// Items at or above one threshold.
    struct Group: Sendable {
        let threshold: Double
        /// Fake items with a score ≥ threshold.
        let truePositives: Int
        /// Real items with a score ≥ threshold.
        let falsePositives: Int
    }

    /// One group per distinct score, thresholds falling.
    let groups: [Group]
    public let fakeCount: Int
    public let realCount: Int
    /// Items on the right side of 0.5.
    let correctCount: Int

    /// - Parameters:
    ///   - scores: probability of being fake, one per item.
    ///   - isFake: the truth, one per item.
    /// - Throws: `MetricsError` for lengths that differ, or for a score that is not finite.
    public init(scores: [Double], isFake: [Bool]) throws {
        guard scores.count == isFake.count else {
            throw MetricsError.lengthMismatch(scores: scores.count, labels: isFake.count)
        }
        if let bad = scores.firstIndex(where: { !$0.isFinite }) {
            throw MetricsError.nonFiniteScore(index: bad, score: "\(scores[bad])")
        }
        let order = scores.indices.sorted {
            scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1
        }
        var groups: [Group] = []
        var truePositives = 0
        var falsePositives = 0
        var correct = 0
        for (rank, item) in order.enumerated() {
            if isFake[item] { truePositives += 1 } else { falsePositives += 1 }
            if (scores[item] > 0.5) == isFake[item] { correct += 1 }
            let closesGroup =
                rank + 1 == order.count || scores[order[rank + 1]] != scores[item]
            if closesGroup {
                groups.append(
                    Group(
                        threshold: scores[item], truePositives: truePositives,
                        falsePositives: falsePositives))
            }
        }
        self.groups = groups
        fakeCount = truePositives
        realCount = falsePositives
        correctCount = correct
    }

    private var hasBothClasses: Bool { fakeCount > 0 && realCount > 0 }

    /// Area under the ROC: the chance that a fake item scores higher than a real one, a tie
    /// counting one half (Mann and Whitney's statistic).
    public var auc: Double? {
        guard hasBothClasses else { return nil }
        // Trapezia in units of half a (real, fake) pair: integers, therefore exact.
        var halfPairs = 0
        var previous = (truePositives: 0, falsePositives: 0)
        for group in groups {
            halfPairs +=
                (group.falsePositives - previous.falsePositives)
                * (group.truePositives + previous.truePositives)
            previous = (group.truePositives, group.falsePositives)
        }
        return Double(halfPairs) / (2 * Double(fakeCount) * Double(realCount))
    }

    /// Equal error rate: where the ROC, drawn with straight lines between its points, meets
    /// false positive rate = 1 − true positive rate. The sum of both rates rises with every
    /// point, so there is exactly one such place.
    public var eer: Double? {
        guard hasBothClasses else { return nil }
        var x0 = 0.0
        var y0 = 0.0
        for group in groups {
            let x1 = Double(group.falsePositives) / Double(realCount)
            let y1 = Double(group.truePositives) / Double(fakeCount)
            if x1 + y1 >= 1 {
                let along = (1 - x0 - y0) / (x1 + y1 - x0 - y0)
                return x0 + along * (x1 - x0)
            }
            (x0, y0) = (x1, y1)
        }
        preconditionFailure("the ROC ends at (\(x0), \(y0)), not at (1, 1)")
    }

    /// Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, falling; precision P and
    /// recall R at each of them, nothing interpolated (scikit-learn's definition).
    public var averagePrecision: Double? {
        guard hasBothClasses else { return nil }
        var sum = 0.0
        var previousTruePositives = 0
        for group in groups {
            let gained = Double(group.truePositives - previousTruePositives)
            let precision =
                Double(group.truePositives) / Double(group.truePositives + group.falsePositives)
            sum += gained * precision
            previousTruePositives = group.truePositives
        }
        return sum / Double(fakeCount)
    }

    /// Share of items on the right side of 0.5. A score of exactly 0.5 counts as real, as it
    /// does when the larger of two equal logits is taken by index.
    public var accuracy: Double? {
        guard hasBothClasses else { return nil }
        return Double(correctCount) / Double(fakeCount + realCount)
    }

    /// The ROC from (0, 0) to (1, 1), without the points that lie on a straight line between
    /// their neighbours; empty when undefined.
    public var rocPoints: [RocPoint] {
        guard hasBothClasses else { return [] }
        var corners: [Group] = []
        for group in groups {
            if let last = corners.last {
                let before = corners.dropLast().last
                let dx0 = last.falsePositives - (before?.falsePositives ?? 0)
                let dy0 = last.truePositives - (before?.truePositives ?? 0)
                let dx1 = group.falsePositives - last.falsePositives
                let dy1 = group.truePositives - last.truePositives
                if dx0 * dy1 == dx1 * dy0 { corners.removeLast() }
            }
            corners.append(group)
        }
        let start = RocPoint(falsePositiveRate: 0, truePositiveRate: 0, threshold: nil)
        return [start]
            + corners.map {
                RocPoint(
                    falsePositiveRate: Double($0.falsePositives) / Double(realCount),
                    truePositiveRate: Double($0.truePositives) / Double(fakeCount),
                    threshold: $0.threshold)
            }
    }

    /// The four measures together.
    public var measures: LevelMeasures {
        LevelMeasures(auc: auc, eer: eer, averagePrecision: averagePrecision, accuracy: accuracy)
    }
}
