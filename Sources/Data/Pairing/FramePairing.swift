// FramePairing.swift — which real frame goes with a fake one: the one rule of import, extraction and training.
// Which frames there are is decided elsewhere; pictures are compared in PairCheck.

/// Pairs by the frames' numbers in their videos.
public enum FramePairing {
    /// The place of the number nearest to `number`, the smaller of two that are as near; nil if there is none.
    /// - Parameter numbers: ascending, not negative. Cost: O(log n).
    public static func nearest(_ number: Int64, in numbers: [Int64]) -> Int? {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return [low - 1, low].filter(numbers.indices.contains).min {
            distance(numbers[$0], number) < distance(numbers[$1], number)
        }
    }

    /// As `nearest`, but no farther than `maxDistance`.
    public static func partner(of number: Int64, in numbers: [Int64], maxDistance: Int64) -> Int? {
        nearest(number, in: numbers).flatMap { distance(numbers[$0], number) <= maxDistance ? $0 : nil }
    }

    /// |a − b|; numbers aren't negative, so that it can't overflow.
    public static func distance(_ a: Int64, _ b: Int64) -> Int64 { abs(a - b) }

    /// Why two videos' numbers can't count the same frames, as a clause; nil where nothing speaks against it.
    /// - Parameters: numbers of all frames that there are, ascending.
    static func contradiction(fake: [Int64], real: [Int64]) -> String? {
        guard let last = fake.last, let realLast = real.last else { return nil }
        let offset = fake[0] - real[0]
        if offset != 0, fake.count > 2, fake.count == real.count, zip(fake, real).allSatisfy({ $0 - $1 == offset }) {
            return "they are those of its real video, all moved by \(offset): does one count from 0 and the other from 1?"
        }
        // Frames of one and milliseconds of the other meet now and then.
        let exact = fake.count { partner(of: $0, in: real, maxDistance: 0) != nil }
        let far = { (long: Int64, short: Int64) in long / 8 > max(short, 1) }
        if fake.count >= 8, real.count >= 8, exact * 2 < fake.count, far(last, realLast) || far(realLast, last) {
            return "they go to \(last) and those of its real video to \(realLast): they don't count the same"
        }
        return nil
    }
}
