// VerifyStepCommand.swift — `blendway verify-step`.

import ArgumentParser
import DistributedTraining
import Foundation
import Logging
import Model
import Training

struct VerifyStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-step",
        abstract: "Compute one training step on given tensors, to compare with another framework.",
        discussion: """
              blendway verify-step --weights w.safetensors --batch batch.h5 --out out.h5
              mpirun -n 3 blendway verify-step --weights w.safetensors --batch batch.h5 --out out.h5

            Forward and backward pass, nothing random, no stochastic depth, no update of the weights. \
            Weights have DeepfakeBench's names, or those of a backbone alone; gradients and buffers are \
            written under the same names and in the same layouts.

            The batch, an HDF5 file: /images float32 [4B,H,W,3], normalised, r…r s…s c…c f…f; \
            /lambda_rs, /lambda_sc, /lambda_cf [B]; /noise_rs, /noise_sc, /noise_cf [B,h,w,D] (h and w of \
            the features, 8 for 256 pixels). Attributes final, attributes, blending, identity, generation, \
            transition and orientation of its root are loss weights: 1, and 0 for orientation, where \
            they are missing. For a backbone alone: /images [N,H,W,3] and /feature_gradients [N,h,w,C]; \
            the gradients are those of the sum of their product with the features.

            The result: /losses/*, /logits/* [7B,2] (anchors, then bridges), /features [4B,h,w,D], \
            /gradients/*, /buffers/* (after the step). Under mpirun each rank has a part of the batch, \
            and the result is the same to rounding. benchmarks/parity_vs_pytorch.sh compares with PyTorch.

            --json prints one object: names, quadruples, losses, gradients, buffers.
            """)

    @Option(help: ArgumentHelp("The weights.", valueName: "safetensors"))
    var weights: String

    @Option(help: ArgumentHelp("The batch.", valueName: "h5"))
    var batch: String

    @Option(help: ArgumentHelp("The result.", valueName: "h5"))
    var out: String

    @Option(help: "prodet-b0 to prodet-b7, efficientnet-b0 to efficientnet-b7, or tiny.")
    var arch = "prodet-b4"

    @Option(help: ArgumentHelp(
        "true: batch statistics, and running ones updated. false: running statistics.", valueName: "true|false"))
    var trainMode = true

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Overrides a setting of model or losses, such as model.padding.", valueName: "key=value"))
    var overrides: [String] = []

    @Option(help: ArgumentHelp("Compute threads a rank; 0 is the host's cores divided by its ranks.", valueName: "N"))
    var threads = 0

    @Flag(help: "Replace the result if it exists.")
    var force = false

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func run() throws {
        try runOnAllRanks { world, log in
            if world.rank == 0, let note = Program.openBLASNote { log.notice("\(note)") }
            var options = StepVerification.Options()
            options.architecture = try Architecture.parse(arch)
            options.isTraining = trainMode
            options.overrides = overrides
            options.threads = threads
            try OutputFile.require(out, force: force)
            // No rank may write before all have looked.
            try world.communicator.barrier(phase: "look at the files")
            let verification = try StepVerification(weights: weights, batch: batch, options: options, world: world)
            guard let summary = try verification.run(to: out) else { return .done }
            if json { try Console.json(summary) } else { try Console.output(Self.text(summary, out)) }
            return .done
        }
    }

    private static func text(_ summary: StepVerification.Summary, _ out: String) -> String {
        let losses = summary.losses.sorted { $0.key < $1.key }.map { [$0.key, String(format: "%.8g", $0.value)] }
        return (losses.isEmpty ? "" : Console.table([["loss", "value"]] + losses))
            + "\(out): \(summary.gradients) gradients, \(summary.buffers) buffers\n"
    }
}
