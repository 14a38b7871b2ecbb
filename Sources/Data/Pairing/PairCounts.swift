// PairCounts.swift — how far fake frames are from the real frames that they go with, counted.

/// Distances of fake frames to the nearest frame of their real video, in frame numbers.
public struct PairCounts: Codable, Equatable, Sendable {
    /// Fake frames with a real frame of the same number.
    public private(set) var exact = 0
    /// Fake frames whose nearest real frame has another number.
    public private(set) var near = 0
    /// Of the near ones, those that are farther than allowed: they are no pairs.
    public private(set) var tooFar = 0
    /// Fake frames without a real video, or whose real video has no frame.
    public private(set) var none = 0
    /// Over the near ones; null where there are none.
    public private(set) var medianDistance: Int64?
    public private(set) var maxDistance: Int64?

    public var total: Int { exact + near + none }
    /// Frames that training can use.
    public var pairs: Int { exact + near - tooFar }

    /// - Parameters:
    ///   - videos: numbers of each fake's frames, and of its real video's, ascending; nil without one.
    ///   - limit: nil allows any distance.
    public init(_ videos: some Sequence<(fake: [Int64], real: [Int64]?)>, limit: Int64?) {
        var distances: [Int64] = []
        for (fake, real) in videos {
            for number in fake {
                guard let real, let place = FramePairing.nearest(number, in: real) else {
                    none += 1
                    continue
                }
                let distance = FramePairing.distance(real[place], number)
                if distance == 0 { exact += 1 } else { distances.append(distance) }
            }
        }
        near = distances.count
        tooFar = limit.map { limit in distances.count { $0 > limit } } ?? 0
        distances.sort()
        medianDistance = distances.isEmpty ? nil : distances[distances.count / 2]
        maxDistance = distances.last
    }
}
