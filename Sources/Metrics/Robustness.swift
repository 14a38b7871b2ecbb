// Robustness.swift — how a detector bears perturbed pictures: AUC and the features' movement by level.
//
// Not here: what a perturbation does to pixels (Data.Perturbation).

/// The result over one dataset's frames, perturbed in several ways at several levels.
public struct Robustness: Codable, Equatable, Sendable {
    /// Frames that were perturbed; of each video at most so many as the evaluation was asked for.
    public var frames: Int
    /// Of the same frames as they are: level 0 of every curve.
    public var cleanFrameAUC: Double?
    public var cleanVideoAUC: Double?
    public var perturbations: [PerturbedResult]
    /// Mean of the perturbations' distances; nil where there are none or the features don't vary.
    public var mpd: Double?

    public init(
        frames: Int, cleanFrameAUC: Double?, cleanVideoAUC: Double?, perturbations: [PerturbedResult]
    ) {
        self.frames = frames
        self.cleanFrameAUC = cleanFrameAUC
        self.cleanVideoAUC = cleanVideoAUC
        self.perturbations = perturbations
        let distances = perturbations.map(\.distance)
        mpd = distances.isEmpty || distances.contains(nil)
            ? nil : distances.reduce(0) { $0 + $1! } / Double(distances.count)
    }

    private enum CodingKeys: String, CodingKey {
        case frames, perturbations, mpd
        case cleanFrameAUC = "clean_frame_auc"
        case cleanVideoAUC = "clean_video_auc"
    }
}

/// One perturbation at one level.
public struct PerturbedResult: Codable, Equatable, Sendable {
    public var name: String
    /// 1 to 5.
    public var level: Int
    /// How much that is, in `unit`.
    public var amount: Double
    public var unit: String
    public var frameAUC: Double?
    public var videoAUC: Double?
    /// Mean distance between the features of a frame and of its perturbed copy, relative to the
    /// features' scale; see `FeatureDistance`.
    public var distance: Double?

    public init(
        name: String, level: Int, amount: Double, unit: String, frameAUC: Double?, videoAUC: Double?,
        distance: Double?
    ) {
        self.name = name
        self.level = level
        self.amount = amount
        self.unit = unit
        self.frameAUC = frameAUC
        self.videoAUC = videoAUC
        self.distance = distance
    }

    private enum CodingKeys: String, CodingKey {
        case name, level, amount, unit, distance
        case frameAUC = "frame_auc"
        case videoAUC = "video_auc"
    }
}
