// GradientBuckets+Layout.swift — which parameters go together in which bucket.

extension GradientBuckets {
    /// Cuts the parameters into buckets of at most `bucketBytes`, from the last parameter to the
    /// first. See Note [Why buckets go in reverse].
    ///
    /// Nothing is left to compute when the last bucket is full, so the last ones are smaller: each up to half of what
    /// is left, down to a sixteenth of `bucketBytes`.
    package static func layOut(
        _ parameters: [(name: String, range: Range<Int>)], bucketBytes: Int
    ) -> [Bucket] {
        var buckets: [Bucket] = []
        var end = parameters.count
        while end > 0 {
            let top = parameters[end - 1].range.upperBound
            let limit = min(bucketBytes, max(bucketBytes / 16, top * 4 / 2))
            var begin = end - 1
            while begin > 0, (top - parameters[begin - 1].range.lowerBound) * 4 <= limit {
                begin -= 1
            }
            buckets.append(
                Bucket(
                    name: name(of: parameters[begin..<end].map(\.name), number: buckets.count),
                    range: parameters[begin].range.lowerBound..<top, parameters: begin..<end))
            end = begin
        }
        return buckets
    }

    /// "bucket 5 (blocks.11.se.weight)", or from first to last with their number.
    private static func name(of names: [String], number: Int) -> String {
        switch names.count {
        case 1: "bucket \(number) (\(names[0]))"
        case let count: "bucket \(number) (\(count) parameters, \(names[0]) … \(names[count - 1]))"
        }
    }
}

/// How the reductions of one step went.
public struct ReduceStatistics: Sendable {
    /// In the order of their launch.
    public var buckets: [ReduceTiming] = []

    /// Seconds that the step stood still for reductions.
    public var secondsWaited: Double { buckets.reduce(0) { $0 + $1.secondsWaited } }
    public var bytes: Int { buckets.reduce(0) { $0 + $1.bytes } }
}
