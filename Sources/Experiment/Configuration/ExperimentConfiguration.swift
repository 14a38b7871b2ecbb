// ExperimentConfiguration.swift — what an experiment compares, on which data, with which seeds.
//
// Not here: reading it (ExperimentConfiguration+Loading).

import Training

/// A table of settings, each trained with every seed and judged on the same data.
public struct ExperimentConfiguration: Equatable, Sendable {
    /// Where frames come from. Training sees `train` and `val` alone.
    public enum Source: Equatable, Sendable {
        /// Options of `blendway synth`, in order; the files go below the experiment's folder.
        case synth([Option])
        case files(train: String, val: String?, seen: [String], unseen: [String])

        /// `--key value` of synth.
        public struct Option: Equatable, Sendable {
            public var key: String
            public var value: String
        }
    }

    /// One row of the table.
    public struct Setting: Equatable, Sendable {
        public var name: String
        /// Without data and seed.
        public var configuration: RunConfiguration
    }

    /// How a run's processes are started.
    public struct Run: Equatable, Sendable {
        /// MPI ranks of a run; 0 is one process without a launcher.
        public var ranks = 0
        /// Compute threads of a rank; 0 leaves it to the program.
        public var threads = 1
        /// In front of the command when there are ranks; {ranks} stands for their number.
        public var launcher = "mpirun --bind-to none -n {ranks}"
    }

    public struct Evaluation: Equatable, Sendable {
        public enum Checkpoint: String, CaseIterable, Sendable {
            /// The last step's.
            case latest
            /// That of the best validation frame AUC: chosen without a look at a test.
            case best
        }
        public var checkpoint = Checkpoint.latest
        /// Whether to measure robustness and mPD.
        public var perturb = true
        /// Frames of each video that are perturbed; 0 is all.
        public var perturbFrames = 0
        /// Settings whose latent space, training and saliency the report shows in pictures.
        public var pictures: [String] = []
    }

    public var name: String
    public var source: Source
    public var seeds: [UInt64]
    /// The setting that the others are tested against.
    public var reference: String
    public var settings: [Setting]
    public var run = Run()
    public var evaluation = Evaluation()

    /// The experiment as keys and values, for the comparison of two: equal experiments, equal lists.
    public var fingerprint: [String: String] {
        var keys: [String: String] = ["name": name, "reference": reference]
        switch source {
        case .synth(let options):
            for option in options { keys["data.synth.\(option.key)"] = option.value }
        case .files(let train, let val, let seen, let unseen):
            keys["data.train"] = train
            keys["data.val"] = val ?? "null"
            keys["data.seen"] = seen.joined(separator: ", ")
            keys["data.unseen"] = unseen.joined(separator: ", ")
        }
        keys["seeds"] = seeds.map { "\($0)" }.joined(separator: ", ")
        keys["settings"] = settings.map(\.name).joined(separator: ", ")
        for setting in settings {
            for (key, value) in setting.configuration.flatSettings { keys["\(setting.name): \(key)"] = value }
        }
        keys["run.ranks"] = "\(run.ranks)"
        keys["evaluation.checkpoint"] = evaluation.checkpoint.rawValue
        keys["evaluation.perturb"] = "\(evaluation.perturb)"
        keys["evaluation.perturb_frames"] = "\(evaluation.perturbFrames)"
        return keys
    }
}
