// Probe.swift — the program that the MPI tests start under mpirun: one scenario per first argument.
//
// It checks what a rank can check by itself and exits with 1 when something is wrong. What only
// the outside can see, such as exit statuses and messages, the tests check.

import DistributedTraining
import Glibc

@main
struct Probe {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let scenarios: [String: (World, [String]) throws -> Void] = [
            "facts": facts, "collectives": collectives, "gatherTooMuch": gatherTooMuch,
            "buckets": buckets, "compressed": compressed, "pending": pending, "dropped": dropped, "twice": twice, "missing": missing,
            "layoutDiffers": layoutDiffers, "agreement": agreement, "stepsDiffer": stepsDiffer,
            "stopSignal": stopSignal, "untilStopped": untilStopped, "exit0": exit0, "killed": killed, "thrown": thrown, "exit75": exit75,
            "stopped": stopped, "stoppedInBuckets": stoppedInBuckets, "wrongOrder": wrongOrder,
            "lateButAlive": lateButAlive, "badFolder": badFolder, "treeSums": treeSums, "sumsBesideWork": sumsBesideWork, "shards": shards,
        ]
        guard let name = arguments.first, let scenario = scenarios[name] else {
            print("usage: MPIProbe <\(scenarios.keys.sorted().joined(separator: "|"))> [argument…]")
            exit(64)
        }
        let rest = Array(arguments.dropFirst())
        do {
            let world = try World.start(threads: rest.contains("serialized") ? .serialized : .multiple)
            try scenario(world, rest)
            world.finalize()
            say("done")
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    /// One line on standard output, at once: a rank may be killed before stdio flushes.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }

    static func expect(
        _ condition: Bool, _ message: @autoclosure () -> String, _ world: World,
        line: UInt = #line
    ) {
        guard !condition else { return }
        complain("rank \(world.rank) of \(world.size), line \(line): \(message())")
        exit(1)
    }

    private static func complain(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// Starts a watchdog that is as impatient as a test.
    static func impatientWatchdog(_ world: World, _ folder: String) throws {
        try world.startWatchdog(folder: folder, limitSeconds: 3, beatSeconds: 0.4)
    }
}
