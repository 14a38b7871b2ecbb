// ExportCommand.swift — `blendway export`.

import ArgumentParser
import Foundation
import Interchange
import Training

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a checkpoint's detector for other programs.",
        discussion: """
              blendway export --checkpoint run/checkpoints/best.h5 --format onnx --out detector.onnx
              blendway export --checkpoint run/checkpoints/best.h5 --format safetensors --out detector.safetensors

            Averaged weights are taken where the checkpoint has them.

            onnx: what evaluation computes, for onnxruntime and others. Input images [batch, 3, size, \
            size], RGB / 127.5 − 1; outputs score [batch], the probability of a fake, logits [batch, 2], \
            and each attribute head's logits.

            safetensors: parameters and running statistics as they are. --names deepfakebench (the \
            default) and blendway name the whole detector; torchvision, timm and efficientnet_pytorch \
            its backbone. blendway import-weights reads all of them.

            --json prints one object: out, format, and for safetensors names, tensors and unnamed.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case safetensors, onnx }

    @Option(help: ArgumentHelp("The checkpoint.", valueName: "h5"))
    var checkpoint: String

    @Option(help: "safetensors or onnx.")
    var format: Format

    @Option(help: ArgumentHelp("The file to make.", valueName: "file"))
    var out: String

    @Option(help: "deepfakebench, blendway, torchvision, timm or efficientnet_pytorch; safetensors only.")
    var names: NamingScheme = .deepfakebench

    @Flag(help: "Replace the file if it exists.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    private struct Report: Encodable {
        var out: String
        var format: String
        var names: String?
        var tensors: Int?
        var unnamed: [String]?
    }

    func run() throws {
        try reportingFailures {
            try OutputFile.require(out, force: force)
            let loaded = try LoadedDetector(checkpoint)
            let metadata = [
                "producer": "blendway \(blendwayVersion)", "padding": loaded.configuration.model.padding.rawValue,
                "step": "\(loaded.contents.integers["step"] ?? 0)",
            ]
            var report = Report(out: out, format: format.rawValue)
            switch format {
            case .onnx:
                try ONNXExport.write(loaded.detector, version: blendwayVersion, metadata: metadata, to: out)
            case .safetensors:
                let integers = loaded.contents.integers
                let outcome = try WeightExport.write(
                    loaded.detector, names: names, metadata: metadata,
                    batches: integers["batches_tracked"] ?? integers["step"] ?? 0, to: out)
                (report.names, report.tensors, report.unnamed) = (names.rawValue, outcome.tensors, outcome.unnamed)
            }
            if json { return try Console.json(report) }
            var text = "\(out): \(format.rawValue)"
            if let tensors = report.tensors { text += ", \(tensors) tensors with names of \(names.rawValue)" }
            if let unnamed = report.unnamed, !unnamed.isEmpty {
                text += "; \(unnamed.count) arrays of heads and attention have no names there and are not in it"
            }
            try Console.output(text + "\n")
        }
    }
}

extension NamingScheme: ExpressibleByArgument {}
