// RocPoint.swift — one corner of a receiver operating characteristic.

/// A point of the ROC: both rates in 0…1, and the threshold that gives them.
public struct RocPoint: Codable, Equatable, Sendable {
    /// Share of the real ones whose score is at or above the threshold.
    public var falsePositiveRate: Double
    /// Share of the fake ones whose score is at or above the threshold.
    public var truePositiveRate: Double
    /// nil at the starting point (0, 0): no score is called fake.
    public var threshold: Double?

    public init(falsePositiveRate: Double, truePositiveRate: Double, threshold: Double?) {
        self.falsePositiveRate = falsePositiveRate
        self.truePositiveRate = truePositiveRate
        self.threshold = threshold
    }

    private enum CodingKeys: String, CodingKey {
        case falsePositiveRate = "fpr"
        case truePositiveRate = "tpr"
        case threshold
    }
}
