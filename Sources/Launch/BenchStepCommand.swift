// BenchStepCommand.swift — `blendway bench step`.

import ArgumentParser
import DistributedTraining
import Foundation
import Tensor
import Training

struct BenchStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Time the training step, or the inference, of a network on random images.",
        discussion: """
            Forward, backward and Adam. Medians over the steps; the first two are not counted. Machines are \
            noisy: compare runs made in turn.

              blendway bench step --arch efficientnet-b4 --size 256 --batch 8 --threads 2 --steps 10 --json
              mpirun -n 2 --bind-to core blendway bench step --threads 1

            An EfficientNet is measured with a linear classifier of two classes, as other frameworks' are. \
            prodet-b4 (or -b0 to -b7, -tiny) is the whole published network with its heads, attention, \
            transitions and losses: then --batch counts images, four a quadruple, and the result says how \
            many of the backbone's steps on as many images a step takes, and how many times its FLOPs.

            Under mpirun each rank has its own batch, and gradients and batch norms are summed over the \
            ranks as in training; images_per_second is that of all ranks together.
            """)

    @Option(help: "tiny, efficientnet-b0 to efficientnet-b7, or prodet-b4 for the whole network.")
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
    @Flag(help: "Compute the expanded maps again instead of keeping them, as train.recompute does.")
    var recompute = false
    @Option(help: "float32, bf16 or bf16-model: how the products are computed that gain by it.")
    var precision = Precision.float32
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard mode == "train" || mode == "inference" else {
            throw ValidationError("--mode is '\(mode)'; give train or inference.")
        }
        guard size >= 32, batch >= 1, threads >= 1, steps >= 1 else {
            throw ValidationError("--size has to be at least 32, --batch, --threads and --steps at least 1.")
        }
        guard let network = StepBenchmark.Network(named: arch) else {
            throw ValidationError(
                "--arch is '\(arch)'; give tiny, efficientnet-b0 to efficientnet-b7, or prodet-b4.")
        }
        guard mode == "inference" || batch % network.imagesPerSample == 0 else {
            throw ValidationError("--batch is \(batch); \(arch) takes four images a quadruple: give a multiple of 4.")
        }
    }

    func run() throws {
        if let caution = precision.caution("--precision bf16") { Console.error(caution + "\n") }
        // Alone there is no need to start MPI.
        if Launcher.found(in: { ProcessInfo.processInfo.environment[$0] }) != nil {
            try runOnAllRanks { world, _ in
                let result = try measure(world)
                if world.rank == 0 { try show(result) }
                return .done
            }
        } else {
            try reportingFailures { try show(try measure(nil)) }
        }
    }

    private func measure(_ world: World?) throws -> StepBenchmark.Result {
        try StepBenchmark(
            StepBenchmark.Network(named: arch)!, size: size, batch: batch, threads: threads, training: mode == "train",
            recomputes: recompute, precision: precision, world: world
        ).run(steps: steps)
    }

    private func show(_ result: StepBenchmark.Result) throws {
        if json { try Console.json(result) } else { try Console.output(result.sentence) }
    }
}
