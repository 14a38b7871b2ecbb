// EvalCommand.swift — `blendway eval`.

import ArgumentParser
import DistributedTraining
import Foundation
import Logging
import Metrics
import Report
import Tensor
import Training

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Judge a checkpoint on datasets: AUC, EER, AP and accuracy by frame and by video.",
        discussion: """
              mpirun -n 2 blendway eval --checkpoint run/checkpoints/latest.h5 --data test-seen.h5 test-unseen.h5

            All ranks share the frames; the result is the same to the last digit for any number of them. \
            A frame that can't be read is left out and listed; more than --quarantine-limit of them end the \
            evaluation with status 65. A video's score is the mean of its frames'; videos are told apart by dataset, method and name. \
            Measures are "undefined" (null in JSON) where a dataset has one class only.

            The report has the table and the plots (index.html, table.md), all numbers (results.json) and \
            every video's score (videos.csv). For a checkpoint in a run folder it is the run's own report; \
            elsewhere it is written only where --report says.

            --json prints one object: datasets, each with name, frames, videos, frame_auc, frame_eer, \
            frame_ap, frame_accuracy, the same four for video_, methods (the same for each manipulation \
            against all real videos), protocol, left_out (method, video, frame, source, reason) and trained_on \
            (what of the data the checkpoint was trained on; see docs/data.md); with --perturb also robustness, with --latent also latent.

            --perturb, --latent and --features look deeper and cost more; docs/experiment.md says what \
            they measure.
            """)

    @Option(help: ArgumentHelp("The checkpoint; averaged weights are used where it has them.", valueName: "file"))
    var checkpoint: String

    @Option(name: .customLong("data"), parsing: .upToNextOption, help: ArgumentHelp("Datasets to judge on.", valueName: "file"))
    var data: [String]

    @Option(help: ArgumentHelp("Folder for the report; by default that of the checkpoint's run.", valueName: "folder"))
    var report: String?

    @Option(help: ArgumentHelp("Compute threads a rank; 0 is the host's cores divided by its ranks.", valueName: "N"))
    var threads = 0

    @Option(help: "float32, bf16 or bf16-model: how the products are computed that gain by it.")
    var precision = Precision.float32

    @Flag(help: "Also score every frame masked, noisy, shifted, as JPEG and blurred, at five levels each.")
    var perturb = false

    @Option(help: ArgumentHelp("Frames of each video that --perturb takes; 0 is all.", valueName: "N"))
    var perturbFrames = 0

    @Flag(help: "Also say where real, blended (made from the real frames) and deepfaked faces lie in the features.")
    var latent = false

    @Option(help: ArgumentHelp("Write every frame's pooled features; with --latent also those of the blendfakes made.", valueName: "FILE.h5|FILE.csv"))
    var features: String?

    @Option(help: ArgumentHelp("Draw examples with what made the detector call them fake (Grad-CAM).", valueName: "FILE.png|FILE.jpg"))
    var saliency: String?

    @Option(help: ArgumentHelp("Share of a file's frames that may be unreadable; they are left out and listed.", valueName: "share"))
    var quarantineLimit = 0.01

    @Flag(help: "Print one JSON object with all results on standard output.")
    var json = false

    func validate() throws {
        guard perturbFrames >= 0 else { throw ValidationError("--perturb-frames is \(perturbFrames); give 0 or more.") }
        guard (0...1).contains(quarantineLimit) else {
            throw ValidationError("--quarantine-limit is \(quarantineLimit); give a share from 0 to 1.")
        }
        guard perturb || perturbFrames == 0 else { throw ValidationError("--perturb-frames needs --perturb.") }
    }

    private var options: CheckpointEvaluation.Options {
        var options = CheckpointEvaluation.Options()
        (options.perturbs, options.perturbedFrames) = (perturb, perturbFrames)
        options.quarantineLimit = quarantineLimit
        options.precision = precision
        (options.latent, options.features, options.saliency) = (latent, features, saliency)
        return options
    }

    func run() throws {
        try runOnAllRanks { world, log in
            if world.rank == 0, let note = Program.openBLASNote { log.notice("\(note)") }
            try DistinctFiles.require(data)
            let reportFolder = world.rank == 0 ? try tryOutputs() : nil
            let evaluation = try CheckpointEvaluation(
                checkpoint: checkpoint, data: data, threads: threads, options: options, world: world, log: log
            ).run()
            guard let evaluation else { return .done }
            // What can't be written after all costs nobody the numbers.
            var failure = evaluation.unwritten
            if let reportFolder {
                do {
                    try evaluation.writeReport(to: reportFolder)
                    Console.error("Report: \(reportFolder)/index.html\n")
                } catch {
                    failure = failure ?? error
                }
            }
            if json {
                try Console.output(evaluation.result.json() + "\n")
            } else {
                try Console.output(ResultTable(evaluation.result).text())
            }
            if let failure { throw CommandFailure(.failed, "\(failure)") }
            return .done
        }
    }

    /// Tries all outputs before the work begins. Returns the report's folder, nil where there is none.
    private func tryOutputs() throws -> String? {
        for file in [features, saliency].compactMap({ $0 }) { try OutputFile.require(file, force: true) }
        if let report {
            try OutputFolder.make(report)
            return report
        }
        guard let folder = RunFolder(ofCheckpoint: checkpoint)?.report else { return nil }
        do {
            try OutputFolder.make(folder)
            return folder
        } catch let failure as CommandFailure {
            // Nobody asked for it: another user's run can be judged all the same.
            Console.error("no report in the run's own folder: \(failure.message) --report FOLDER writes it elsewhere.\n")
            return nil
        }
    }
}
