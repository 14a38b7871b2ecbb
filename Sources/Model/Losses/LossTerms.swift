// LossTerms.swift — the parts of the total loss: which are on, and how much each counts.

/// The parts of the loss that can be switched on and off for baselines and ablations.
public struct LossTerms: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Soft cross-entropy of the final head against the blending target.
    public static let final = LossTerms(rawValue: 1)
    /// The Oriented Progressive Regularizor by attribute heads.
    public static let attributes = LossTerms(rawValue: 2)
    /// Bridges between neighbours take part in the cross-entropies.
    public static let bridging = LossTerms(rawValue: 4)
    /// Each anchor's features are predicted from its predecessor's.
    public static let transition = LossTerms(rawValue: 8)
    /// The regularizor on anchor statistics over all ranks.
    public static let orientation = LossTerms(rawValue: 16)
}
