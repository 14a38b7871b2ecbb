// Gathered.swift — what a gather returns: the ranks' shares, one behind the other.

/// The shares of all ranks in rank order, in one array. Shares may be empty.
public struct Gathered<T: MPIElement>: Sendable, Equatable where T: Equatable {
    /// [Σ counts] all shares, rank 0's first.
    public let values: [T]
    /// [size] elements in each rank's share.
    public let counts: [Int]
    /// [size] where each share begins in `values`.
    public let offsets: [Int]

    init(values: [T], counts: [Int]) {
        self.values = values
        self.counts = counts
        var offsets: [Int] = []
        var next = 0
        for count in counts {
            offsets.append(next)
            next += count
        }
        self.offsets = offsets
    }

    /// The share of `rank`.
    public subscript(rank: Int) -> ArraySlice<T> {
        values[offsets[rank]..<offsets[rank] + counts[rank]]
    }
}
