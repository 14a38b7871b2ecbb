// NetworkProbe.swift — how fast hosts talk: all of them at once, and each with the next.

import DistributedTraining
import Foundation

/// Measured figures of the network between hosts.
package struct NetworkFacts: Codable, Equatable, Sendable {
    /// Time of a message from a host to the next, the slowest pair's, in µs; nil on one host.
    package var latencyUs: Double?
    /// Time of an all-reduce of one number over all ranks, in µs.
    package var allReduceUs: Double
    /// Of the reduction that training sums gradients with, over all ranks: megabytes (10⁶ bytes) that each
    /// rank sends a second, and gets; with ranks in the order of their hosts that is what passes each link.
    package var busMBPerSecond: Double
    /// Between neighbours in the order of the ranks.
    package var pairs: [Pair]

    package struct Pair: Codable, Equatable, Sendable {
        package var hosts: [String]
        package var latencyUs: Double
        package var mbPerSecond: Double

        package init(hosts: [String], latencyUs: Double, mbPerSecond: Double) {
            self.hosts = hosts
            self.latencyUs = latencyUs
            self.mbPerSecond = mbPerSecond
        }
    }

    package init(latencyUs: Double?, allReduceUs: Double, busMBPerSecond: Double, pairs: [Pair]) {
        self.latencyUs = latencyUs
        self.allReduceUs = allReduceUs
        self.busMBPerSecond = busMBPerSecond
        self.pairs = pairs
    }
}

enum NetworkProbe {
    /// Floats of the large reductions: 16 MB, a second at 1 Gbit/s for all repetitions together.
    private static let floats = 4 << 20
    private static let repetitions = 3

    /// Collective over all ranks; the figures are the same on every rank.
    /// - Parameter hosts: names in the order of their first ranks.
    static func measure(_ world: World, hosts: [String]) throws -> NetworkFacts {
        let all = world.communicator
        let smallest = try best(of: 20, on: all) { _ = try all.allReduce(.sum, 1.0, phase: "time a small all-reduce") }
        let bus = try ringBandwidth(world)
        var pairs: [NetworkFacts.Pair] = []
        _ = try all.withSplit(color: world.localRank == 0 ? 0 : nil, name: "a rank of each host") { leaders in
            guard leaders.size > 1 else { return }
            // Neighbours in two rounds, even and odd, so that each host talks to one other; three with an odd
            // number of hosts, as the ring's last and first are then both even.
            var found = [Double](repeating: 0, count: 2 * leaders.size)
            let count = leaders.size == 2 ? 1 : leaders.size
            for round in 0..<3 {
                let mine = (0..<count).first { pair in
                    (pair == count - 1 && count % 2 == 1 ? 2 : pair % 2) == round
                        && [pair, (pair + 1) % leaders.size].contains(leaders.rank)
                }
                _ = try leaders.withSplit(color: mine, name: "two hosts") { two in
                    guard two.size == 2 else { return }
                    // An all-reduce between two is a message each way at the same time.
                    let latency = try best(of: 50, on: two) { _ = try two.allReduce(.sum, 1.0, phase: "time a message") }
                    let rate = try bandwidth(two)
                    if two.rank == 0 {
                        found[2 * mine!] = latency
                        found[2 * mine! + 1] = rate
                    }
                }
            }
            found = try leaders.allReduce(.maximum, found, phase: "collect the pairs")
            pairs = (0..<count).map { pair in
                .init(
                    hosts: [hosts[pair], hosts[(pair + 1) % hosts.count]], latencyUs: found[2 * pair] * 1e6,
                    mbPerSecond: found[2 * pair + 1] / 1e6)
            }
        }
        let shared = try all.broadcast(
            Array(JSONEncoder().encode(
                NetworkFacts(
                    latencyUs: pairs.map(\.latencyUs).max(), allReduceUs: smallest * 1e6,
                    busMBPerSecond: bus / 1e6, pairs: pairs))),
            phase: "share the network's figures")
        return try JSONDecoder().decode(NetworkFacts.self, from: Data(shared))
    }

    /// Bytes a second that each rank sends in the reduction of gradients, which is what it receives too.
    private static func ringBandwidth(_ world: World) throws -> Double {
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: floats)
        buffer.initialize(repeating: 0)
        defer { buffer.deallocate() }
        let seconds = try best(of: repetitions, on: world.communicator) {
            _ = try world.communicationThread.sum(buffer, name: "the doctor's reduction").wait(limit: 60)
        }
        return 2 * Double(world.size - 1) / Double(world.size) * Double(floats * 4) / seconds
    }

    /// As a plain all-reduce.
    private static func bandwidth(_ group: Communicator) throws -> Double {
        var buffer = [Float](repeating: 1, count: floats)
        let seconds = try best(of: repetitions, on: group) {
            try buffer.withUnsafeMutableBufferPointer { try group.allReduceSum($0, phase: "time a large all-reduce") }
        }
        let ranks = Double(group.size)
        return 2 * (ranks - 1) / ranks * Double(floats * 4) / seconds
    }

    /// Seconds of the fastest of several tries, of the slowest rank in each. The first warms up.
    private static func best(of tries: Int, on group: Communicator, _ body: () throws -> Void) throws -> Double {
        try body()
        var times: [Double] = []
        for _ in 0..<tries {
            try group.barrier(phase: "start together")
            let start = monotonicSeconds()
            try body()
            times.append(monotonicSeconds() - start)
        }
        return try group.allReduce(.maximum, times, phase: "collect times").min() ?? .nan
    }
}
