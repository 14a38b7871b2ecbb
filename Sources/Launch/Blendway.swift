// Blendway.swift — the program: its commands, and what has to happen before any of them.

import ArgumentParser
import CKernels
import Experiment
import Foundation
import Tensor
import Training

/// The root command.
struct Blendway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blendway",
        abstract: "Trains deepfake detectors on CPU clusters.",
        discussion: """
            A first run on this machine, from nothing to a result:

              blendway synth --out data --identities 24 --videos 2 --frames 8 --size 64 --seed 1
              mpirun -n 2 blendway train --config configs/demo.yaml --run-dir run \\
                --set data.train=data/train.h5
              mpirun -n 2 blendway eval --checkpoint run/checkpoints/latest.h5 \\
                --data data/test-seen.h5 data/test-unseen.h5

            Exit codes: 0 done; 1 failed; 64 wrong use; 65 bad data; 75 stopped at a checkpoint, \
            and 76 a rank, host or connection lost or hung: start the same command again.
            """,
        version: blendwayVersion,
        subcommands: [
            SynthCommand.self, ImportCommand.self, ExtractCommand.self, MergeCommand.self, SplitCommand.self,
            NeighboursCommand.self, InspectCommand.self, PixelsCommand.self, PreviewCommand.self, BlendCommand.self,
            TrainCommand.self, EvalCommand.self, PredictCommand.self, CompareCommand.self,
            ImportWeightsCommand.self, ExportCommand.self, VerifyStepCommand.self, ExperimentCommand.self,
            LaunchCommand.self, DoctorCommand.self, BenchCommand.self, TrainGeneratorsCommand.self,
        ])
}

@main
enum Program {
    /// What `OpenBLASCore.settle` had to say, for the log.
    nonisolated(unsafe) private(set) static var openBLASNote: String?

    static func main() {
        // A child of an experiment is about to become another command.
        ExperimentChild.becomeCommandIfChild()
        // May start the program again: nothing else may come before it.
        openBLASNote = OpenBLASCore.settle()
        bw_keep_freed_memory()
        // A write beyond a file-size limit then fails like one on a full disk: with a sentence.
        signal(SIGXFSZ, SIG_IGN)
        // Output that nobody reads any more is no reason to lose work: see StopSignal and Console.
        signal(SIGPIPE, SIG_IGN)
        Blendway.main()
    }
}
