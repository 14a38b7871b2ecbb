// SumOrder.swift — in which order the ranks' numbers are added.

/// How a sum over ranks is made. See Note [Why a tree over shards].
public enum SumOrder: Sendable {
    /// MPI's own algorithm: the order, and with it the rounding, depends on the number of ranks.
    case fastest
    /// The binary tree over ranks: 0 + 1, 2 + 3, …, then those sums likewise. For a power of two.
    case tree
}

// Note [Why a tree over shards]
// ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
// Floating-point sums depend on their order. A training that shall give the same bits on 1, 2 or 4
// ranks cuts the batch into S shards, S a power of two, whatever the ranks are; and adds what the
// shards bring in one order: neighbours first, then neighbouring pairs, and so on. A rank holds
// S ÷ ranks neighbouring shards, which is a whole subtree of that order, so it adds up its own, and
// the ranks go on where it stopped. Who computed what leaves no trace in the result.
