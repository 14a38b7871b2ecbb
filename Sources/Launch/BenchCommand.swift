// BenchCommand.swift — `blendway bench`: how fast is each part on this machine.

import ArgumentParser

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the speed of parts of the program on this machine.",
        subcommands: [
            BenchStepCommand.self, BenchKernelsCommand.self, BenchBlendCommand.self, BenchNeighboursCommand.self,
            BenchReduceCommand.self, BenchScaleCommand.self,
        ])
}
