// TrainGeneratorsCommand.swift — `blendway train-generators`: makes the small weights that are shipped with
// the program and that the fakes of `synth` come from. Users of datasets never need it.

import ArgumentParser
import Foundation
import Training

struct TrainGeneratorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-generators",
        abstract: "Train the face generators of the built-in world again.",
        discussion: """
            Three encoder-decoders that differ in how they enlarge, and a low-rank model of faces, learn on \
            people of their own, who are in no dataset. The result is the file that `synth` reads; it is \
            shipped with the program, so this is only for changing the generators themselves. The shipped \
            one was made by

              blendway train-generators --out Sources/Synthesis/Resources/generators.bin
            """)

    @Option(help: "The file of weights; replaced if it is there.")
    var out: String
    @Option(help: "A PNG of faces that the training did not see: source, target, truth, and what each generator makes.")
    var sheet: String?
    @Option(help: "People who are swapped in.")
    var people = 600
    @Option(help: "Scenes of each.")
    var pairs = 6
    @Option(help: "Passes over all pairs for each network.")
    var epochs = 12
    @Option(help: "Other people, other weights.")
    var seed: UInt64 = 1
    @Option(help: "Compute threads; 0 is one for each core.")
    var threads = 0
    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        guard people >= 2, pairs >= 1, people * pairs >= 32, epochs >= 1, (0...1024).contains(threads) else {
            throw ValidationError(
                "--people has to be at least 2, people times pairs at least 32, --epochs at least 1, --threads 0 to 1024.")
        }
    }

    func run() throws {
        try reportingFailures {
            for file in [out, sheet].compactMap({ $0 }) {
                try OutputFolder.make(URL(fileURLWithPath: file).deletingLastPathComponent().path)
                try OutputFile.require(file, force: true)
            }
            let training = GeneratorTraining(people: people, pairsEach: pairs, epochs: epochs, seed: seed)
            let cores = threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads
            let result = try training.run(to: out, sheet: sheet, threads: cores) { Console.error($0 + "\n") }
            if json { return try Console.json(result) }
            let errors = result.errors.sorted { $0.key < $1.key }
                .map { "\($0.key) \(String(format: "%.2f", $0.value))" }.joined(separator: ", ")
            try Console.output(
                "\(out): \(result.weights) weights and the face space, from \(result.pairs) pairs; mean error in grey "
                    + "levels on unseen pairs: \(errors)\n")
        }
    }
}
