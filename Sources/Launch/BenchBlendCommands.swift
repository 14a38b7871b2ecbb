// BenchBlendCommands.swift — `blendway bench blend` and `bench neighbours`: what training data cost.

import ArgumentParser
import Data
import Foundation

struct BenchBlendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blend",
        abstract: "Time blendfakes on one core.",
        discussion: """
            Drawn faces, ready in memory, and as many recipes as asked for; medians of the thread's \
            processor time.

              blendway bench blend --json

            --json prints self_blend_ms (a self-blended pair), cross_blend_ms, augment_ms (the final \
            augmentation of four pictures: all colour steps, and JPEG there and back), quadruple_ms (both \
            blends and that augmentation), drawn_quadruple_ms (with augmentations as often as training \
            draws them), quadruples_per_second, spread, size, recipes and isa.
            """)

    @Option(help: "Side of the pictures in pixels, 64 to 256.")
    var size = 256
    @Option(help: "Different recipes, at least 4.")
    var recipes = 512
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard (64...256).contains(size), (4...1_000_000).contains(recipes) else {
            throw ValidationError("--size has to be 64 to 256, --recipes 4 to 1000000.")
        }
    }

    func run() throws {
        try reportingFailures {
            let result = try BlendBenchmark.run(size: size, recipes: recipes)
            if json { try Console.json(result) } else { try Console.output(result.sentence) }
        }
    }
}

struct BenchNeighboursCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "neighbours",
        abstract: "Time the neighbour index of a large dataset.",
        discussion: """
            Made-up landmarks of people with 32 frames each; the search alone, in one process.

              blendway bench neighbours --frames 23000 --threads 2 --json
            """)

    @Option(help: "Real frames.")
    var frames = 23_000
    @Option(help: "Landmarks a frame, 68 or 81.")
    var landmarks = 81
    @Option(help: "Neighbours a frame.")
    var count = NeighbourIndex.standardCount
    @Option(help: "Threads; 0 is one for each core.")
    var threads = 0
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard (1...10_000_000).contains(frames), [68, 81].contains(landmarks), (1...1000).contains(count),
            (0...1024).contains(threads)
        else {
            throw ValidationError(
                "--frames has to be 1 to 10000000, --landmarks 68 or 81, --count 1 to 1000, --threads 0 to 1024.")
        }
    }

    func run() throws {
        try reportingFailures {
            let result = try NeighbourBenchmark.run(
                frames: frames, landmarks: landmarks, count: count,
                threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount)
            if json { try Console.json(result) } else { try Console.output(result.sentence) }
        }
    }
}
