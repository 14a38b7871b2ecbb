// Perturbation.swift — what may happen to a picture on its way to the detector, in five strengths.
// How each is done to pixels: Perturbation+Apply.swift. What is measured with it: Metrics.Robustness.

/// One kind of damage at one level.
///
/// Lengths are for a face of 256 pixels a side and are scaled to other sizes, so that a level looks the
/// same at any resolution.
public struct Perturbation: Hashable, Sendable {
    /// Raw values are part of the random numbers' contract: never renumber.
    public enum Kind: Int, CaseIterable, Sendable {
        /// Squares of 8 pixels a side are painted grey; the amount is their number.
        case masking = 0
        /// Added to every channel of every pixel; the amount is the deviation in grey levels.
        case noise = 1
        /// Moved in a random direction, the edge repeated; the amount is a share of the side.
        case shifting = 2
        /// Real encode and decode; the amount is the quality.
        case jpeg = 3
        /// Gaussian; the amount is sigma in pixels.
        case blur = 4

        /// In results and on plots.
        public var name: String {
            switch self {
            case .masking: "block-wise masking"
            case .noise: "Gaussian noise"
            case .shifting: "shifting"
            case .jpeg: "JPEG"
            case .blur: "Gaussian blur"
            }
        }

        /// What `amount` counts.
        public var unit: String {
            switch self {
            case .masking: "blocks of 8 pixels"
            case .noise: "grey levels"
            case .shifting: "of the side"
            case .jpeg: "quality"
            case .blur: "pixels"
            }
        }

        /// Levels 1 to 5.
        fileprivate var amounts: [Double] {
            switch self {
            case .masking: [16, 32, 48, 64, 80]
            case .noise: [2, 4, 8, 12, 16]
            case .shifting: [0.02, 0.04, 0.06, 0.08, 0.1]
            case .jpeg: [90, 70, 50, 30, 15]
            case .blur: [2, 3, 4, 6, 8]
            }
        }
    }

    public static let levels = 1...5
    /// Every kind at every level.
    public static var all: [Perturbation] {
        Kind.allCases.flatMap { kind in levels.map { Perturbation(kind, level: $0) } }
    }

    public let kind: Kind
    public let level: Int

    /// - Parameter level: 1 to 5.
    public init(_ kind: Kind, level: Int) {
        precondition(Self.levels.contains(level), "Perturbation: level \(level)")
        self.kind = kind
        self.level = level
    }

    /// In the kind's unit.
    public var amount: Double { kind.amounts[level - 1] }
}
