// HashSample.swift — a set of hashes of bounded size, that tells what of another set is in it.

/// The smallest hashes of a set, at most `capacity` of them. Hashes are spread evenly, so the smallest are a fair
/// sample, and the same one of equal sets: whatever lies below the largest kept one can be looked up for certain.
public struct HashSample: Equatable, Sendable {
    /// 8 MB.
    public static let capacity = 1 << 20

    /// Ascending, each once.
    public let hashes: [ShortHash]
    /// Whether some were left out: then only hashes up to the last one can be looked up.
    public let isSampled: Bool

    /// Cost: sorting.
    public init(_ all: some Sequence<ShortHash>, capacity: Int = Self.capacity) {
        self.init(sorted: Set(all).sorted(), isSampled: false, capacity: capacity)
    }

    private init(sorted: [ShortHash], isSampled: Bool, capacity: Int) {
        hashes = Array(sorted.prefix(capacity))
        self.isSampled = isSampled || sorted.count > capacity
    }

    /// As stored.
    init(hashes: [ShortHash], isSampled: Bool) {
        self.hashes = hashes
        self.isSampled = isSampled
    }

    /// Both sets together, as if made from all their hashes.
    public func union(_ other: HashSample, capacity: Int = Self.capacity) -> HashSample {
        let ceiling = min(self.ceiling, other.ceiling)
        let all = Set(hashes).union(other.hashes).filter { $0 <= ceiling }
        return HashSample(sorted: all.sorted(), isSampled: isSampled || other.isSampled, capacity: capacity)
    }

    private var ceiling: ShortHash { isSampled ? hashes.last ?? ShortHash(value: 0) : ShortHash(value: .max) }

    /// Whether the set has the hash; nil where the sample cannot tell. Cost: a binary search.
    public func contains(_ hash: ShortHash) -> Bool? {
        guard hash <= ceiling else { return nil }
        var (low, high) = (0, hashes.count)
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return low < hashes.count && hashes[low] == hash
    }
}
