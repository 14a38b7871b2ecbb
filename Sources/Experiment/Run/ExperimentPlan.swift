// ExperimentPlan.swift — the runs of an experiment, their folders and the commands that make them.

import Foundation

/// Everything that has to be run, as commands like those that a user types.
public struct ExperimentPlan: Sendable {
    /// One setting trained with one seed.
    public struct Job: Hashable, Sendable {
        public let setting: String
        public let seed: UInt64
        /// Below it: the run folder's files, train.json, eval.json and logs.
        public let folder: String

        var trained: String { folder + "/train.json" }
        var evaluated: String { folder + "/eval.json" }
        var features: String { folder + "/features.h5" }
        var trainLog: String { folder + "/train.log" }
        var evalLog: String { folder + "/eval.log" }
        var failure: String { folder + "/failed.txt" }
        var metrics: String { folder + "/metrics.jsonl" }
        var saliency: String { folder + "/saliency.jpg" }
        var name: String { "\(setting) seed \(seed)" }
    }

    public let configuration: ExperimentConfiguration
    public let folder: String
    /// Those to be run.
    public let jobs: [Job]
    /// Those of the whole experiment, which the report is about.
    public let allJobs: [Job]

    /// - Parameter only: names of settings to run; empty is all.
    /// - Throws: `ExperimentError.unknownSetting`.
    public init(_ configuration: ExperimentConfiguration, folder: String, only: [String] = []) throws {
        let names = configuration.settings.map(\.name)
        for name in only where !names.contains(name) {
            let nearest = names.min { Self.distance(name, $0) < Self.distance(name, $1) }!
            throw ExperimentError.unknownSetting(name: name, nearest: nearest)
        }
        self.configuration = configuration
        self.folder = folder.hasSuffix("/") && folder.count > 1 ? String(folder.dropLast()) : folder
        let path = self.folder
        // Seed by seed: what is there after a part of the time compares all settings.
        allJobs = configuration.seeds.flatMap { seed in
            names.map { Job(setting: $0, seed: seed, folder: "\(path)/runs/\($0)/seed-\(seed)") }
        }
        jobs = allJobs.filter { only.isEmpty || only.contains($0.setting) }
    }

    private static func distance(_ a: String, _ b: String) -> Int {
        abs(a.count - b.count) + zip(a, b).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    }

    /// The settings file of a setting, made by `ExperimentFolder`.
    func settingFile(_ name: String) -> String { "\(folder)/settings/\(name).yaml" }

    var dataFolder: String { "\(folder)/data" }

    /// Files of training, validation, and both kinds of tests.
    public var files: (train: String, val: String?, seen: [String], unseen: [String]) {
        switch configuration.source {
        case .synth:
            (
                "\(dataFolder)/train.h5", "\(dataFolder)/val.h5", ["\(dataFolder)/test-seen.h5"],
                ["\(dataFolder)/test-unseen.h5"]
            )
        case .files(let train, let val, let seen, let unseen): (train, val, seen, unseen)
        }
    }

    // MARK: Commands

    /// nil where the data are files of the user's.
    func synthCommand(program: String) -> [String]? {
        guard case .synth(let options) = configuration.source else { return nil }
        return [program, "synth", "--out", dataFolder]
            + options.flatMap { ["--" + $0.key.replacing("_", with: "-"), $0.value] }
    }

    /// What stands in front of a run's commands.
    private var launcher: [String] {
        configuration.run.ranks == 0
            ? []
            : configuration.run.launcher.replacing("{ranks}", with: "\(configuration.run.ranks)")
                .split(separator: " ").map(String.init)
    }

    /// Training sees the training and the validation data: no file of a test is named here.
    func trainCommand(_ job: Job, program: String) -> [String] {
        launcher + [
            program, "train", "--config", settingFile(job.setting), "--run-dir", job.folder,
            "--set", "data.train=\(files.train)", "--set", "data.val=\(files.val ?? "null")",
            "--set", "train.seed=\(job.seed)", "--set", "train.threads=\(configuration.run.threads)", "--json",
        ]
    }

    func evalCommand(_ job: Job, program: String) -> [String] {
        var command = launcher + [
            program, "eval", "--checkpoint", "\(job.folder)/checkpoints/\(configuration.evaluation.checkpoint.rawValue).h5",
            "--threads", "\(configuration.run.threads)", "--report", "\(job.folder)/report", "--latent", "--json",
        ]
        if configuration.evaluation.perturb {
            command += ["--perturb", "--perturb-frames", "\(configuration.evaluation.perturbFrames)"]
        }
        if hasPictures(job) { command += ["--features", job.features, "--saliency", job.saliency] }
        // The list of files ends the command.
        return command + ["--data"] + files.seen + files.unseen
    }

    /// Whether the report shows this run in pictures: the first seed of the settings named.
    func hasPictures(_ job: Job) -> Bool {
        configuration.evaluation.pictures.contains(job.setting) && job.seed == configuration.seeds[0]
    }

    /// Every run as one line for a shell or a batch system; a line can be given again and goes on.
    public func shellLines(program: String) -> [String] {
        jobs.map { job in
            func line(_ command: [String], to file: String) -> String {
                command.map(Self.quoted).joined(separator: " ") + " > \(Self.quoted(file)).part && mv "
                    + "\(Self.quoted(file)).part \(Self.quoted(file))"
            }
            return "mkdir -p \(Self.quoted(job.folder)) && { [ -s \(Self.quoted(job.trained)) ] || { "
                + line(trainCommand(job, program: program), to: job.trained) + "; }; } && { [ -s "
                + "\(Self.quoted(job.evaluated)) ] || { " + line(evalCommand(job, program: program), to: job.evaluated)
                + "; }; }"
        }
    }

    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0)) }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
