// PairVerdict.swift — whether a fake video and its real one look like a pair, by what is around the face. How
// frames are compared is in FrameSurroundings, which ones in PairCheck.

/// What the pictures of a fake and of its real video say about each other.
public struct PairVerdict: Codable, Equatable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// Each frame looks most like the real frame that it goes with.
        case sameMoment = "same_moment"
        /// The surroundings are the same, and so still that frames beside each other can't be told apart.
        case sameScene = "same_scene"
        /// There is too little around the faces, or the two are neither alike nor different.
        case unclear
        /// Another frame of the real video is the one that most frames look like.
        case shifted
        /// The surroundings are other ones.
        case unrelated
    }

    public var kind: Kind
    /// Frames that could be compared.
    public var frames: Int
    /// Mean similarity of fake frames to the real frames that they go with, −1 to 1; null without frames.
    public var similarity: Float?
    /// Of `shifted`: similarity to the frames that fit best, and how far these are, in frame numbers (median; the
    /// real frame's number minus that of the one that it goes with).
    public var bestSimilarity: Float?
    public var shift: Int64?

    /// One fake frame against the real frames around the one that it goes with.
    struct Comparison {
        /// By place in the real video, counted from that one.
        var similarities: [Int: Float]
        /// Frame numbers from that one, by place.
        var distances: [Int: Int64]
    }

    /// Below, surroundings are other ones; measured are at most 0.5 for videos that have nothing to do with each
    /// other, and at least 0.85 for frames of one moment at JPEG quality 40, with noise, or blurred.
    private static let unrelatedBelow: Float = 0.6
    /// Above, they are the same.
    private static let relatedAbove: Float = 0.7
    /// Frames that a video needs for a verdict.
    private static let leastFrames = 3
    /// By how much the mean must be better than at the own place, and in how many standard errors.
    private static let leastGain: Float = 0.01
    private static let leastCertainty: Float = 4

    init(_ comparisons: [Comparison]) {
        let usable = comparisons.filter { $0.similarities[0] != nil }
        frames = usable.count
        kind = .unclear
        guard usable.count >= Self.leastFrames else { return }
        let own = usable.map { $0.similarities[0]! }
        let similarity = own.reduce(0, +) / Float(own.count)
        self.similarity = similarity
        var best = (place: 0, mean: similarity)
        var hasRivals = (before: false, after: false)
        var isBest = true
        for place in Set(usable.flatMap(\.similarities.keys)).subtracting([0]).sorted() {
            let both = usable.filter { $0.similarities[place] != nil }
            guard both.count >= Self.leastFrames, both.count * 2 >= usable.count else { continue }
            let gains = both.map { $0.similarities[place]! - $0.similarities[0]! }
            let (gain, error) = Self.mean(gains)
            let mean = both.reduce(0) { $0 + $1.similarities[place]! } / Float(both.count)
            if gain > max(Self.leastGain, Self.leastCertainty * error), gains.count(where: { $0 > 0 }) * 5 >= gains.count * 4,
                mean > best.mean
            {
                best = (place, mean)
            }
            if place < 0 { hasRivals.before = true } else { hasRivals.after = true }
            if -gain < max(Self.leastGain, 2 * error) { isBest = false }
        }
        if best.mean < Self.unrelatedBelow {
            kind = .unrelated
        } else if best.place != 0 && best.mean > Self.relatedAbove {
            kind = .shifted
            bestSimilarity = best.mean
            let distances = usable.compactMap { $0.distances[best.place] }.sorted()
            shift = distances[distances.count / 2]
        } else if similarity > Self.relatedAbove {
            kind = isBest && hasRivals.before && hasRivals.after ? .sameMoment : .sameScene
        }
    }

    /// Whether the two don't look like a pair.
    public var isBad: Bool { kind == .shifted || kind == .unrelated }

    /// The mean and its standard error.
    private static func mean(_ values: [Float]) -> (mean: Float, error: Float) {
        let n = Float(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
        return (mean, (variance / n).squareRoot())
    }
}
