// BenchCommand.swift — `blendway bench`: how fast is each part on this machine.

import ArgumentParser
import Training

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the speed of parts of the program on this machine.",
        subcommands: [BenchStepCommand.self, BenchBlendCommand.self, BenchNeighboursCommand.self])
}

struct BenchStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Time the backbone's training step, or its inference, on random images.",
        discussion: """
            Forward, backward and Adam of an EfficientNet on one process. Medians over the steps; the first \
            two are not counted. Machines are noisy: compare runs made in turn.

              blendway bench step --arch efficientnet-b4 --size 256 --batch 8 --threads 2 --steps 10 --json
            """)

    @Option(help: "tiny, or efficientnet-b0 to efficientnet-b7.")
    var arch = "efficientnet-b4"
    @Option(help: "Side of the images in pixels.")
    var size = 256
    @Option(help: "Images a step.")
    var batch = 8
    @Option(help: "Compute threads.")
    var threads = 1
    @Option(help: "Steps that are counted.")
    var steps = 10
    @Option(help: "train or inference.")
    var mode = "train"
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard mode == "train" || mode == "inference" else {
            throw ValidationError("--mode is '\(mode)'; give train or inference.")
        }
        guard size >= 32, batch >= 1, threads >= 1, steps >= 1 else {
            throw ValidationError("--size has to be at least 32, --batch, --threads and --steps at least 1.")
        }
    }

    func run() throws {
        try reportingFailures {
            guard let benchmark = StepBenchmark(
                arch: arch, size: size, batch: batch, threads: threads, training: mode == "train")
            else {
                throw CommandFailure(.usage, "--arch is '\(arch)'; give tiny, or efficientnet-b0 to efficientnet-b7.")
            }
            let result = try benchmark.run(steps: steps)
            if json { try Console.json(result) } else { try Console.output(result.sentence) }
        }
    }
}
