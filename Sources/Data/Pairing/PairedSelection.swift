// PairedSelection.swift — which frames to take of a real video and of the fakes made from it, so that pairs stay
// together. Pure: numbers in, places out. For import and extraction alike.

/// So many frames of each of several videos that belong together.
///
/// Where all fakes have enough frames in common, all videos get the same moments, evenly over the time that they
/// share. Elsewhere the fakes' frames decide: each gets its own, evenly, and the real video gets all that these go
/// with, which may be more than were asked for.
public struct PairedSelection: Equatable, Sendable {
    /// Places in the real video's numbers, ascending.
    public private(set) var real: [Int]
    /// [fakes] places in each fake's numbers, ascending.
    public private(set) var fakes: [[Int]]

    /// - Parameters:
    ///   - real: numbers of the real video's frames, ascending.
    ///   - fakes: the same of each fake made from it.
    ///   - count: frames of each, at least 1; videos with fewer give all.
    ///   - maxDistance: as for `FramePairing`.
    public init(real: [Int64], fakes: [[Int64]], count: Int, maxDistance: Int64) {
        precondition(count > 0, "PairedSelection: \(count) frames")
        // [fakes] (place in the fake, place in the real video) of frames that have a partner.
        let pairs = fakes.map { numbers in
            numbers.indices.compactMap { place in
                FramePairing.partner(of: numbers[place], in: real, maxDistance: maxDistance).map { (place, $0) }
            }
        }
        let rich = pairs.filter { $0.count >= count }.map { Set($0.map(\.1)) }
        var common: [Int] = []
        if let first = rich.first {
            common = rich.dropFirst().reduce(first) { $0.intersection($1) }.sorted()
        }
        let moments = Set(common.count >= count ? Self.evenly(count, of: common) : [])
        var needed: Set<Int> = []
        self.fakes = zip(fakes, pairs).map { numbers, pairs in
            let ofMoments = pairs.filter { moments.contains($0.1) }
            // Nearly equal numbers may share a real frame; then there are more than enough.
            var chosen = Self.evenly(count, of: ofMoments.isEmpty || pairs.count < count ? pairs : ofMoments)
            if chosen.count < count {
                let rest = pairs.filter { pair in !chosen.contains { $0.0 == pair.0 } }
                chosen += Self.evenly(count - chosen.count, of: rest)
            }
            needed.formUnion(chosen.map(\.1))
            return Self.filled(Set(chosen.map(\.0)), to: count, of: numbers.indices)
        }
        self.real = Self.filled(needed, to: count, of: real.indices)
    }

    /// `count` of some items, evenly: the ones at ⌊i·n/count⌋ of n, so that 8 of 270 reach to the 236th; all
    /// where there are no more.
    public static func evenly<Item>(_ count: Int, of items: [Item]) -> [Item] {
        items.count <= count ? items : (0..<count).map { items[$0 * items.count / count] }
    }

    /// Adds places, evenly over those that are left, until there are `count`.
    private static func filled(_ chosen: Set<Int>, to count: Int, of places: Range<Int>) -> [Int] {
        let rest = chosen.count < count ? places.filter { !chosen.contains($0) } : []
        return (chosen + evenly(max(0, count - chosen.count), of: rest)).sorted()
    }
}
