// PairingRule.swift — what a user says about pairs. How they are found is in FramePairing and ImportPlan+Pairs.

/// Which frames may be pairs.
public struct PairingRule: Equatable, Sendable {
    /// Frame numbers that a fake frame and its real one may be apart.
    public var maxDistance: Int64
    /// Frames are numbered by their position among the names in their natural order, whatever these say.
    public var numbersByPosition: Bool
    /// Names of different forms ("frame_12" and "0012") count the same frames.
    public var mixesNames: Bool

    public init(maxDistance: Int64 = 0, numbersByPosition: Bool = false, mixesNames: Bool = false) {
        self.maxDistance = maxDistance
        self.numbersByPosition = numbersByPosition
        self.mixesNames = mixesNames
    }
}
