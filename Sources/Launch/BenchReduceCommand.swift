// BenchReduceCommand.swift — `blendway bench reduce`.

import ArgumentParser
import DistributedTraining
import Foundation
import Training

struct BenchReduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reduce",
        abstract: "Time sums of gradients over ranks, by size of pieces and number in flight.",
        discussion: """
            Run it where the training runs, on as many ranks. Combinations take turns; medians over the \
            repeats, of the slowest rank, with the smallest and the largest.

              mpirun -n 2 blendway bench reduce
              mpirun -n 2 blendway bench reduce --megabytes 368 --pieces 4 --in-flight 4 --ways fastest bf16 --busy

            The ways: fastest is MPI's ring, tree gives the same bits on any number of ranks (a power of \
            two), bf16 sends half the bytes.
            """)

    @Option(help: "Size of all gradients together, in units of 2^20 bytes; B4's backbone has 67.")
    var megabytes = 67.0
    @Option(parsing: .upToNextOption, help: "Sizes of pieces to try, in units of 2^20 bytes; 0 is what training takes.")
    var pieces: [Double] = [0, 1, 4, 16]
    @Option(parsing: .upToNextOption, help: "Numbers of pieces in flight to try; 0 is as many as the network allows, as in training.")
    var inFlight: [Int] = [0, 2, 4, 16]
    @Option(parsing: .upToNextOption, help: "fastest, tree, bf16.")
    var ways: [String] = ["fastest"]
    @Option(help: "Repeats that are counted.")
    var repeats = 7
    @Flag(help: "Each rank computes meanwhile; also tells how much of its time the sum takes away.")
    var busy = false
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard megabytes > 0, megabytes <= 8192, repeats >= 1,
            pieces.allSatisfy({ $0 == 0 || $0 >= 1 / 256 && $0 <= 1024 }), inFlight.allSatisfy({ 0...64 ~= $0 })
        else {
            throw ValidationError(
                "--megabytes goes from above 0 to 8192, --pieces from 1/256 to 1024 or 0, --in-flight from 0 to 64, "
                    + "and --repeats is at least 1.")
        }
        if let other = ways.first(where: { !ReduceBenchmark.allWays.contains($0) }) {
            throw ValidationError("--ways has '\(other)'; give \(ReduceBenchmark.allWays.joined(separator: ", ")).")
        }
    }

    func run() throws {
        try runOnAllRanks { world, _ in
            guard world.size > 1 else {
                throw CommandFailure(.usage, "one rank has nothing to sum; start it with mpirun -n 2 or more.")
            }
            guard !ways.contains("tree") || world.size.nonzeroBitCount == 1 else {
                throw CommandFailure(.usage, "--ways tree is for 2, 4, 8 … ranks, not for \(world.size).")
            }
            let benchmark = ReduceBenchmark(
                megabytes: megabytes, pieces: pieces, inFlight: inFlight, ways: ways, busy: busy)
            let result = try benchmark.run(repeats: repeats, world: world)
            if world.rank == 0 {
                if json { try Console.json(result) } else { try Console.output(Self.table(result)) }
            }
            return .done
        }
    }

    private static func table(_ result: ReduceBenchmark.Result) -> String {
        let head = "\(result.megabytes.formatted()) MB on \(result.ranks) ranks, \(result.hosts) hosts; \(result.library)\n"
        return head
            + Console.table(
                [["way", "piece MB", "in flight", "median ms", "smallest", "largest", "stolen ms"]]
                    + result.rows.map {
                        [
                            $0.way, "\($0.pieceMb)", "\($0.inFlight)", "\($0.medianMs)", "\($0.smallestMs)",
                            "\($0.largestMs)", $0.stolenMs.map { "\($0)" } ?? "",
                        ]
                    })
    }
}
