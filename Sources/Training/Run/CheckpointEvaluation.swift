// CheckpointEvaluation.swift — a checkpoint judged on datasets: what `blendway eval` does.

import DistributedTraining
import Foundation
import Logging
import Metrics
import Report
import Store
import Tensor

/// Loads a detector from a checkpoint and scores datasets with it, on all ranks.
public struct CheckpointEvaluation {
    private let checkpoint: String
    private let data: [String]
    private let threads: Int
    private let world: World
    private let log: Logger

    /// - Parameter threads: compute threads a rank; 0 is the host's cores divided by its ranks.
    public init(checkpoint: String, data: [String], threads: Int, world: World, log: Logger) {
        self.checkpoint = checkpoint
        self.data = data
        self.threads = threads
        self.world = world
        self.log = log
    }

    /// What came out, and what it came from.
    public struct Outcome {
        public let result: EvaluationResult
        private let evaluation: Evaluation
        private let provenance: [String: String]
        private let checkpoint: String

        init(evaluation: Evaluation, provenance: [String: String], checkpoint: String) {
            self.evaluation = evaluation
            result = evaluation.result
            self.provenance = provenance
            self.checkpoint = checkpoint
        }

        /// Writes the report and the table of videos into `folder`, or into the run's report folder if
        /// the checkpoint belongs to a run. Returns where, or nil if there is no place for it.
        public func writeReport(to folder: String?) throws -> String? {
            let run = RunFolder(ofCheckpoint: checkpoint)
            guard let target = folder ?? run?.report else { return nil }
            var report = try run.map { try RunRecorder.report($0, title: "Blendway run") }
                ?? RunReport(title: "Blendway evaluation")
            report.evaluations = [evaluation]
            report.provenance = provenance
            try report.write(to: target)
            try AtomicFile.write(evaluation.videoCSV(), to: target + "/videos.csv")
            return target
        }
    }

    /// Collective. The outcome on rank 0, nil on the others.
    public func run() throws -> Outcome? {
        let contents = try Checkpoint.read(checkpoint)
        let configuration = try RunConfiguration.load(yaml: contents.config, source: "\(checkpoint)'s configuration")
        let (detector, _) = try configuration.makeDetector()
        try TrainingSnapshot.restoreWeights(contents, from: checkpoint, into: detector)
        // All files are opened before the first is scored: a wrong path is told at once.
        let files = try data.map { try DatasetFile($0) }
        let names = Self.names(of: data)

        let pool = try ComputeThreads(requested: threads, world).pool
        let evaluator = Evaluator(detector: detector, pool: pool, world: world)
        var scored: [(name: String, file: DatasetFile, scores: [Double])] = []
        for (name, file) in zip(names, files) {
            if world.rank == 0 { log.notice("scoring \(file.frameCount) frames of \(name)") }
            if let scores = try evaluator.score(file, progress: { show(name, $0, $1) }) {
                scored.append((name, file, scores))
            }
            Console.standardError.setStatus("")
        }
        guard world.rank == 0 else { return nil }
        var provenance = contents.provenance
        provenance["checkpoint_step"] = "\(contents.integers["step"] ?? 0)"
        provenance["seed"] = "\(configuration.train.seed)"
        provenance["setting"] = configuration.setting.rawValue
        return Outcome(
            evaluation: try Evaluator.evaluation(scored), provenance: provenance, checkpoint: checkpoint)
    }

    /// A status line on rank 0's terminal.
    private func show(_ name: String, _ done: Int, _ total: Int) {
        guard world.rank == 0 && Console.standardError.isTerminal else { return }
        Console.standardError.setStatus("\(name): \(done) of \(total) frames of this rank")
    }

    /// A name per file: its own, or its path where two files have the same one.
    static func names(of paths: [String]) -> [String] {
        let short = paths.map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
        return zip(paths, short).map { path, name in
            short.filter { $0 == name }.count > 1 ? path : name
        }
    }
}
