// ReduceBenchmark.swift — times sums of gradients over ranks: in which pieces, how many at once, and in
// which way. What `blendway bench reduce` runs.

import DistributedTraining
import Foundation

/// Sums one buffer over all ranks with each combination, in turn, several times over.
public struct ReduceBenchmark {
    public struct Row: Codable, Sendable {
        /// "fastest" (MPI's ring), "tree" (the same bits on any ranks) or "bf16" (half the bytes).
        public var way: String
        public var pieceMb: Double
        public var inFlight: Int
        /// Of the slowest rank, in milliseconds; the smallest and largest of the repeats beside the median.
        public var medianMs: Double
        public var smallestMs: Double
        public var largestMs: Double
        /// What a rank that computes meanwhile loses of its own time, in milliseconds; nil if not asked for.
        public var stolenMs: Double?
    }

    public struct Result: Codable, Sendable {
        public var ranks: Int
        public var hosts: Int
        public var megabytes: Double
        public var library: String
        public var rows: [Row]
    }

    private let megabytes: Double
    private let pieces: [Double]
    private let inFlight: [Int]
    private let ways: [String]
    private let busy: Bool

    public static let allWays = ["fastest", "tree", "bf16"]

    /// - Parameters:
    ///   - megabytes: of the whole buffer, in units of 2²⁰ bytes, as `pieces`.
    ///   - pieces: 0 for the size that training takes.
    ///   - inFlight: 0 for as many as the network allows, as in training.
    ///   - busy: each rank computes on one thread meanwhile, as in a backward pass.
    public init(megabytes: Double, pieces: [Double], inFlight: [Int], ways: [String], busy: Bool) {
        self.megabytes = megabytes
        self.pieces = pieces
        self.inFlight = inFlight
        self.ways = ways
        self.busy = busy
    }

    private struct Case {
        var way: String
        var pieceMb: Double
        var inFlight: Int
        var thread: CommunicationThread
        var seconds: [Double] = []
        var stolen: [Double] = []
    }

    /// Collective. The result on every rank.
    public func run(repeats: Int, world: World) throws -> Result {
        let count = Int(megabytes * 1_048_576 / 4)
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        let residual = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer {
            buffer.deallocate()
            residual.deallocate()
        }
        residual.initialize(repeating: 0)
        var cases: [Case] = []
        for piece in pieces {
            for flying in inFlight {
                // One thread serves all ways.
                let thread = try CommunicationThread.make(
                    in: world, bytesPerPiece: piece == 0 ? nil : Int(piece * 1_048_576), inFlight: flying == 0 ? nil : flying)
                cases += ways.map { Case(way: $0, pieceMb: piece, inFlight: flying, thread: thread) }
            }
        }
        let unit = Self.secondsOfWork(1000)
        for turn in 0...repeats {
            for index in cases.indices {
                buffer.initialize(repeating: Float(world.rank + 1) * 0.01)
                try world.communicator.barrier()
                let start = ContinuousClock.now
                let pending = Self.start(cases[index].way, cases[index].thread, buffer, residual)
                var stolen = 0.0
                if busy {
                    // About as long as the sum takes; what it takes longer than alone is stolen.
                    let known = cases[index].seconds.last ?? 0.05
                    let rounds = max(1, Int(known / unit * 1000))
                    stolen = Self.secondsOfWork(rounds) - Double(rounds) * unit / 1000
                }
                let timing = try pending.wait()
                let own = busy ? timing.secondsInFlight : (ContinuousClock.now - start).seconds
                let slowest = try world.communicator.allReduce(.maximum, own)
                // The first turn warms up.
                guard turn > 0 else { continue }
                cases[index].seconds.append(slowest)
                cases[index].stolen.append(try world.communicator.allReduce(.maximum, stolen))
            }
        }
        for index in stride(from: 0, to: cases.count, by: ways.count) { cases[index].thread.stop() }
        return Result(
            ranks: world.size, hosts: world.hostCount, megabytes: megabytes, library: world.library,
            rows: cases.map { row($0) })
    }

    private static func start(
        _ way: String, _ thread: CommunicationThread, _ buffer: UnsafeMutableBufferPointer<Float>,
        _ residual: UnsafeMutableBufferPointer<Float>
    ) -> PendingReduce {
        switch way {
        case "bf16": thread.compressedSum(buffer, residual: residual, name: way)
        case "tree": thread.sum(buffer, name: way, order: .tree)
        default: thread.sum(buffer, name: way)
        }
    }

    private func row(_ one: Case) -> Row {
        func milliseconds(_ seconds: Double) -> Double { (seconds * 1e5).rounded() / 100 }
        let sorted = one.seconds.sorted()
        return Row(
            way: one.way, pieceMb: one.pieceMb, inFlight: one.inFlight,
            medianMs: milliseconds(sorted[sorted.count / 2]), smallestMs: milliseconds(sorted[0]),
            largestMs: milliseconds(sorted[sorted.count - 1]),
            stolenMs: busy ? milliseconds(one.stolen.sorted()[one.stolen.count / 2]) : nil)
    }

    /// Seconds that some work in the caches takes.
    private static func secondsOfWork(_ rounds: Int) -> Double {
        let start = ContinuousClock.now
        var values = [Float](repeating: 1, count: 4096)
        for round in 0..<rounds {
            let factor = 1 + Float(round % 7) * 1e-7
            for index in values.indices { values[index] = values[index] * factor + 1e-9 }
        }
        // Seen by somebody, or it would not be done.
        precondition(values[17] > 0)
        return (ContinuousClock.now - start).seconds
    }
}
