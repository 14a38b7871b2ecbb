// BenchKernelsCommand.swift — `blendway bench kernels`.

import ArgumentParser
import Tensor
import Training

struct BenchKernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Time the hot loops one by one at a network's shapes, on one thread.",
        discussion: """
            For each kernel and shape: milliseconds of one layer on one batch, GFLOP/s or GB/s by what \
            bounds it, its share of the roofline that was measured just before (multiply-adds in \
            registers, a copy through memory), and how many times as fast it is as its plain twin. Takes \
            half a minute and about 1 GB of memory at the defaults.

              blendway bench kernels
              blendway bench kernels --arch efficientnet-b0 --batch 2 --json
            """)

    @Option(help: "tiny, or efficientnet-b0 to efficientnet-b7.")
    var arch = "efficientnet-b4"
    @Option(help: "Side of the images in pixels.")
    var size = 256
    @Option(help: "Images of a batch.")
    var batch = 8
    @Option(help: "Repetitions of each kernel; the median counts.")
    var repetitions = 5
    @Option(help: "float32, bf16 or bf16-model: of the pointwise convolutions.")
    var precision = Precision.float32
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard size >= 32, batch >= 1, repetitions >= 1 else {
            throw ValidationError("--size has to be at least 32, --batch and --repetitions at least 1.")
        }
    }

    func run() throws {
        if let caution = precision.caution("--precision bf16") { Console.error(caution + "\n") }
        try reportingFailures {
            guard let benchmark = KernelBenchmark(
                arch: arch, size: size, batch: batch, repetitions: repetitions, precision: precision)
            else {
                throw CommandFailure(.usage, "--arch is '\(arch)'; give tiny, or efficientnet-b0 to efficientnet-b7.")
            }
            let report = benchmark.run()
            if json { try Console.json(report) } else { try Console.output(report.table) }
        }
    }
}
