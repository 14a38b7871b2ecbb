// Probe+Collectives.swift — every collective against an oracle that each rank computes alone.

import DistributedTraining

extension Probe {
    static func facts(_ world: World, _: [String]) throws {
        expect(world.hosts.count == world.size, "\(world.hosts)", world)
        expect(world.hosts.allSatisfy { $0 == world.hosts[0] && !$0.isEmpty }, "\(world.hosts)", world)
        // All ranks of the test share this machine.
        expect(world.localSize == world.size, "local size \(world.localSize)", world)
        expect(world.localRank == world.rank, "local rank \(world.localRank)", world)
        expect(world.hostCount == 1, "\(world.hostCount) hosts", world)
        expect(!world.library.isEmpty, "no library name", world)
        say("rank \(world.rank) of \(world.size), \(world.threadLevel), \(world.library)")
    }

    /// What rank `rank` brings: `count` small whole numbers, exact in every type.
    private static func share<T: MPIElement & Numeric>(_ rank: Int, _ count: Int) -> [T] {
        (0..<count).map { T(exactly: (rank * 7 + $0 * 3) % 11 + 1)! }
    }

    static func collectives(_ world: World, _: [String]) throws {
        // A small limit makes every longer buffer go in several calls.
        for limit in [Communicator.defaultCallLimit, 5] {
            let group = try world.communicator.duplicate(name: "limit \(limit)", callLimit: limit)
            expect(group.rank == world.rank && group.size == world.size, "a duplicate differs", world)
            for count in [0, 1, 4, 5, 6, 23] {
                try reduce(Float.self, count, group, world)
                try reduce(Double.self, count, group, world)
                try reduce(Int64.self, count, group, world)
                try reduce(Int32.self, count, group, world)
                try reduce(UInt8.self, count, group, world)
                for root in 0..<world.size { try broadcast(count, root, group, world) }
            }
            try group.barrier()
        }
        try gather(Float.self, world)
        try gather(Double.self, world)
        try gather(Int.self, world)
        try gather(UInt8.self, world)

        let all = world.communicator
        expect(try all.allReduce(.sum, 1) == world.size, "sum of ones", world)
        expect(try all.allReduce(.maximum, Double(world.rank)) == Double(world.size - 1), "maximum", world)
        expect(try all.allReduce(.minimum, Int64(-world.rank)) == Int64(1 - world.size), "minimum", world)
        try all.requireSame("same".utf8, object: "the word", remedy: "-")
    }

    private static func reduce<T: MPIElement & Numeric & Comparable>(
        _: T.Type, _ count: Int, _ group: Communicator, _ world: World
    ) throws {
        let shares: [[T]] = (0..<world.size).map { share($0, count) }
        func oracle(_ join: (T, T) -> T) -> [T] {
            (0..<count).map { i in shares.dropFirst().reduce(shares[0][i]) { join($0, $1[i]) } }
        }
        let own = shares[world.rank]
        expect(try group.allReduce(.sum, own) == oracle(+), "sum of \(count) \(T.self)", world)
        expect(try group.allReduce(.maximum, own) == oracle(max), "max of \(count) \(T.self)", world)
        expect(try group.allReduce(.minimum, own) == oracle(min), "min of \(count) \(T.self)", world)

        // A rank with an empty share of the data brings zeros, and they change nothing.
        let mine: [T] = world.rank == 0 ? [T](repeating: 0, count: count) : own
        let others = (0..<count).map { i in shares.dropFirst().reduce(T.zero) { $0 + $1[i] } }
        expect(try group.allReduce(.sum, mine) == others, "empty share of \(T.self)", world)
    }

    private static func broadcast(
        _ count: Int, _ root: Int, _ group: Communicator, _ world: World
    ) throws {
        let wanted: [Double] = share(root, count)
        var buffer: [Double] = world.rank == root ? wanted : .init(repeating: -1, count: count)
        try buffer.withUnsafeMutableBufferPointer { try group.broadcast($0, root: root) }
        expect(buffer == wanted, "broadcast of \(count) from \(root): \(buffer)", world)

        // Unknown length: the others bring arrays that are empty or too long.
        let text: [UInt8] = share(root, count)
        let own: [UInt8] = world.rank == root ? text : share(9, world.rank * 30)
        expect(try group.broadcast(own, root: root) == text, "broadcast of \(count) bytes", world)
    }

    private static func gather<T: MPIElement & Numeric>(_: T.Type, _ world: World) throws {
        let lengths: [(Int) -> Int] = [
            { _ in 0 }, { $0 }, { $0 == 0 ? 0 : 5 }, { $0 % 2 == 0 ? 3 : 0 }, { 1000 - 300 * $0 },
        ]
        for (index, length) in lengths.enumerated() {
            let counts = (0..<world.size).map { max(length($0), 0) }
            let wanted: [T] = (0..<world.size).flatMap { share($0, counts[$0]) as [T] }
            let own: [T] = share(world.rank, counts[world.rank])
            let all = try world.communicator.allGather(own)
            expect(all.values == wanted && all.counts == counts, "all-gather \(index): \(all)", world)
            for rank in 0..<world.size {
                expect(Array(all[rank]) == share(rank, counts[rank]), "share of \(rank)", world)
            }
            for root in 0..<world.size {
                let gathered = try world.communicator.gather(own, root: root)
                expect((gathered != nil) == (world.rank == root), "gather to \(root)", world)
                if let gathered { expect(gathered == all, "gather \(index): \(gathered)", world) }
            }
        }
    }

    /// Every rank gets the error, also those that would only have sent.
    static func gatherTooMuch(_ world: World, _: [String]) throws {
        let group = try world.communicator.duplicate(name: "small", callLimit: 5)
        do {
            _ = try group.gather([Int](repeating: 1, count: world.rank * 6 + 6))
            expect(false, "gathered too much", world)
        } catch {
            let total = (0..<world.size).reduce(0) { $0 + $1 * 6 + 6 }
            guard case .tooLarge(_, _, _, total) = error else { throw error }
        }
        try group.barrier()
    }
}
