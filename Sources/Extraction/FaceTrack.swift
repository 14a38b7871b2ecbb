// FaceTrack.swift — the same face from frame to frame, by where it is. Who it is isn't known here.

/// Tracks of the faces of one film: a face belongs to the track whose last face it overlaps most.
public struct FaceTracks: Sendable {
    /// Two boxes are one face's when their intersection is at least this share of their union.
    private static let overlap = 0.2

    private var last: [FaceBox] = []

    public init() {}

    public var count: Int { last.count }

    /// The track of each box of the next frame. Boxes without one begin their own, in their order.
    public mutating func follow(_ boxes: [FaceBox]) -> [Int] {
        var pairs: [(share: Double, box: Int, track: Int)] = []
        for (box, place) in boxes.enumerated() {
            for (track, before) in last.enumerated() {
                let share = place.overlap(with: before)
                if share >= Self.overlap { pairs.append((share, box, track)) }
            }
        }
        pairs.sort { ($1.share, $0.box, $0.track) < ($0.share, $1.box, $1.track) }
        var tracks = [Int](repeating: -1, count: boxes.count)
        var taken: Set<Int> = []
        for pair in pairs where tracks[pair.box] < 0 && taken.insert(pair.track).inserted {
            tracks[pair.box] = pair.track
        }
        for (box, place) in boxes.enumerated() {
            if tracks[box] < 0 {
                tracks[box] = last.count
                last.append(place)
            } else {
                last[tracks[box]] = place
            }
        }
        return tracks
    }
}

extension FaceBox {
    /// Intersection over union.
    func overlap(with other: FaceBox) -> Double {
        let width = min(right, other.right) - max(left, other.left) + 1
        let height = min(bottom, other.bottom) - max(top, other.top) + 1
        guard width > 0, height > 0 else { return 0 }
        return Double(width * height) / Double(area + other.area - width * height)
    }
}
