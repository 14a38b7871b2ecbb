// ImportWeightsCommand.swift — `blendway import-weights`.

import ArgumentParser
import Foundation
import Interchange
import Model
import Training

struct ImportWeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-weights",
        abstract: "Make a checkpoint of weights from PyTorch.",
        discussion: """
            Takes safetensors files whose names are those of an EfficientNet of torchvision, timm or \
            efficientnet_pytorch, of DeepfakeBench's ProDet, or of blendway export; they are recognised \
            by their names. tools/pth_to_safetensors.py makes one of a .pth file.

              blendway import-weights efficientnet_b4.safetensors --arch efficientnet-b4 --out b4.h5
              blendway train --config configs/ffpp-b4.yaml --run-dir run --init b4.h5
              blendway import-weights prodet.safetensors --arch prodet-b4 --out prodet.h5
              blendway eval --checkpoint prodet.h5 --data celeb-df.h5

            A backbone alone is whole: heads and attention then begin with random weights (--set \
            train.seed=N decides them), and train begins with the checkpoint's. Padding and batch norm \
            are set to what the weights were trained with; --set wins.

            --json prints one object: names, parameters, settings, report (taken, ignored, left, missing, \
            initialized), notes.
            """)

    @Argument(help: ArgumentHelp("A safetensors file.", valueName: "file"))
    var file: String

    @Option(help: "tiny, efficientnet-b0 to efficientnet-b7, or prodet-b0 to prodet-b7, which is the same.")
    var arch: String

    @Option(help: ArgumentHelp("The checkpoint to make.", valueName: "h5"))
    var out: String

    @Option(help: ArgumentHelp("Settings as YAML that the checkpoint gets.", valueName: "yaml"))
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Overrides a setting; may be given often.", valueName: "key=value"))
    var overrides: [String] = []

    @Flag(help: "Take what fits when names are missing or left over.")
    var allowPartial = false

    @Flag(help: "Replace the checkpoint if it exists.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func run() throws {
        try reportingFailures {
            try OutputFile.require(out, force: force)
            var options = WeightImport.Options(architecture: try Architecture.parse(arch))
            options.config = config
            options.overrides = overrides
            options.allowPartial = allowPartial
            let outcome = try WeightImport.run(file, options: options, to: out)
            for note in outcome.notes { Console.error("note: \(note)\n") }
            if json { return try Console.json(outcome) }
            try Console.output(Self.text(outcome, file: file, out: out))
        }
    }

    private static func text(_ outcome: WeightImport.Outcome, file: String, out: String) -> String {
        let report = outcome.report
        var text = "\(file): names of \(outcome.names)\n"
        text += "  taken        \(report.taken.count) tensors\n"
        for (title, names) in [
            ("ignored", report.ignored), ("left", report.left), ("missing", report.missing),
            ("initialized", report.initialized),
        ] where !names.isEmpty {
            let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
            text += "  \(title.padding(toLength: 11, withPad: " ", startingAt: 0))  \(names.count): \(shown)\n"
        }
        text += "  settings     \(outcome.settings.joined(separator: " "))\n"
        return text + "\(out): \(outcome.parameters.grouped) parameters\n"
    }
}

extension Architecture {
    /// - Throws: `CommandFailure` for a name that is none.
    static func parse(_ name: String) throws -> Architecture {
        guard let architecture = Architecture(named: name) else {
            throw CommandFailure(
                .usage,
                "--arch is '\(name)'; give tiny, efficientnet-b0 to efficientnet-b7, or prodet-b0 to prodet-b7.")
        }
        return architecture
    }
}
