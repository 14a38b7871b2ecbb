// Probe+Shards.swift — sums in the order of a tree, over ranks and over shards.

import DistributedTraining

extension Probe {
    /// What leaf `leaf` of a tree brings. Scales apart, so that every order rounds differently.
    private static func number(_ leaf: Int, _ index: Int) -> Double {
        var bits = UInt64(truncatingIfNeeded: leaf &* 7_368_787 &+ index &* 104_729 &+ 99)
        bits = (bits ^ (bits >> 29)) &* 0xBF58_476D_1CE4_E5B9
        bits ^= bits >> 31
        return (Double(bits >> 11) * 0x1p-53 - 0.5) * (leaf % 3 == 0 ? 1000 : 0.001)
    }

    /// The oracle: neighbours first, then neighbouring pairs, and so on.
    private static func tree<T: FloatingPoint>(_ leaves: [T]) -> T {
        var level = leaves
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { level[$0] + level[$0 + 1] }
        }
        return level[0]
    }

    /// Each rank is a leaf; lengths on both sides of what is halved, and some that do not halve evenly.
    static func treeSums(_ world: World, _: [String]) throws {
        for count in [0, 1, 3, 4096, 4097, 10_001, 2_500_001] {
            var doubles = (0..<count).map { number(world.rank, $0) }
            var floats = doubles.map(Float.init)
            try doubles.withUnsafeMutableBufferPointer { try world.communicator.treeSum($0) }
            try floats.withUnsafeMutableBufferPointer { try world.communicator.treeSum($0) }
            // Behind the caller's back, two at once.
            let others = [0, 1].map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: count) }
            for other in others { _ = other.initialize(from: (0..<count).map { Float(number(world.rank, $0)) }) }
            let first = world.communicationThread.sum(others[0], name: "first", order: .tree)
            let second = world.communicationThread.sum(others[1], name: "second", order: .tree)
            _ = try second.wait()
            _ = try first.wait()
            for index in 0..<count {
                let leaves = (0..<world.size).map { number($0, index) }
                let float = tree(leaves.map(Float.init))
                expect(doubles[index] == tree(leaves), "double \(index) of \(count)", world)
                expect(floats[index] == float, "float \(index) of \(count)", world)
                expect(others[0][index] == float && others[1][index] == float, "behind \(index) of \(count)", world)
            }
            for other in others { other.deallocate() }
        }
    }

    /// On any number of ranks: the same bits on all, and the numbers' sum. Then, on two ranks: each rank's numbers
    /// have left before its work begins, or this would never end.
    static func sumsBesideWork(_ world: World, _: [String]) throws {
        for count in [0, 1, 5, 4097] {
            var sum = (0..<count).map { number(world.rank, $0) }
            var hasWorked = 0
            _ = try sum.withUnsafeMutableBufferPointer { try world.communicator.treeSum($0) { hasWorked += 1 } }
            expect(hasWorked == 1, "worked \(hasWorked) times beside \(count) numbers", world)
            let first = try world.communicator.broadcast(sum)
            expect(first == sum, "rank 0 has other bits of \(count) numbers", world)
            for index in 0..<count {
                let oracle = (0..<world.size).reduce(0) { $0 + number($1, index) }
                expect(abs(sum[index] - oracle) <= 1e-12 * 1000, "\(sum[index]) for \(oracle)", world)
            }
        }
        guard world.size == 2 else { return }
        let other = try world.communicator.duplicate(name: "work")
        var value = [Double(world.rank + 1)]
        _ = try value.withUnsafeMutableBufferPointer {
            try world.communicator.treeSum($0) { if world.rank == 0 { try other.barrier() } }
        }
        if world.rank == 1 { try other.barrier() }
        expect(value == [3], "\(value) for 3", world)
    }

    /// Eight shards on any number of ranks and threads; the last brings nothing, as an empty share does.
    static func shards(_ world: World, _ arguments: [String]) throws {
        let team = try ShardTeam(shards: 8, threads: Int(arguments[0])!, communicator: world.communicator)
        func value(_ shard: Int, _ index: Int) -> Double { shard == 7 ? 0 : number(shard, index) }
        for count in [1, 33, 5000] {
            try team.run { index in
                let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
                defer { memory.deallocate() }
                for round in 0..<4 {
                    let shard = team.shards.lowerBound + index
                    for i in 0..<count { memory[i] = value(shard, i + round) }
                    try team.sum(memory, of: index)
                    for i in 0..<count {
                        expect(
                            memory[i] == tree((0..<8).map { value($0, i + round) }),
                            "shard \(shard), number \(i) of \(count) in round \(round)", world)
                    }
                }
            }
        }
        // One shard that fails takes all of its rank along; none is left waiting.
        guard world.size == 1 else { return }
        struct Failure: Error {}
        do {
            try team.run { index in
                if index == 5 { throw Failure() }
                var values = [1.0]
                try values.withUnsafeMutableBufferPointer { try team.sum($0, of: index) }
            }
            expect(false, "a failing shard was not noticed", world)
        } catch is Failure {}
    }
}
