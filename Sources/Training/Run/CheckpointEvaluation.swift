// CheckpointEvaluation.swift — a checkpoint judged on datasets: what `blendway eval` does.

import Data
import DistributedTraining
import Foundation
import Imaging
import Logging
import Metrics
import Model
import Report
import Store
import Tensor

/// Loads a detector from a checkpoint and scores datasets with it, on all ranks.
public struct CheckpointEvaluation {
    private let checkpoint: String
    private let data: [String]
    private let threads: Int
    private let options: Options
    private let world: World
    private let log: Logger

    /// What is looked at beside the scores.
    public struct Options: Sendable {
        /// Measures under every perturbation.
        public var perturbs = false
        /// Frames of each video that are perturbed; 0 is all.
        public var perturbedFrames = 0
        /// The anchors' places in the features, with blendfakes made from the real frames.
        public var latent = false
        /// File for the pooled features, .h5 or .csv.
        public var features: String?
        /// File for a sheet of Grad-CAM examples, .png or .jpg.
        public var saliency: String?
        /// How products are computed that gain by it.
        public var precision = Precision.float32
        public init() {}
    }

    /// - Parameter threads: compute threads a rank; 0 is the host's cores divided by its ranks.
    public init(
        checkpoint: String, data: [String], threads: Int, options: Options = Options(), world: World, log: Logger
    ) {
        self.checkpoint = checkpoint
        self.data = data
        self.threads = threads
        self.options = options
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
        if let path = options.features { try FeatureTable.check(path) }
        if let path = options.saliency, !path.hasSuffix(".png"), !path.hasSuffix(".jpg") {
            throw TrainingError.pictureFile(path: path)
        }
        let loaded = try LoadedDetector(checkpoint)
        let (detector, objective) = (loaded.detector, loaded.objective)
        let (configuration, contents) = (loaded.configuration, loaded.contents)
        try TrainingSnapshot.restoreStatistics(contents, into: objective)
        // All files are opened before the first is scored: a wrong path is told at once.
        let files = try data.map { try DatasetFile($0) }
        let names = Self.names(of: data)
        // Each rank reads for itself; scores of two detectors or two datasets in one result would be nobody's.
        try world.communicator.requireSame(
            detector.parameters.stateHash.utf8, object: "the checkpoint",
            remedy: "give all hosts the same file, best in a shared folder")
        for (path, file) in zip(data, files) {
            try world.communicator.requireSame(
                file.contentHash.utf8, object: path, remedy: "give all hosts the same file, best in a shared folder")
        }

        let pool = try ComputeThreads(requested: threads, world).pool
        let products = Products(options.precision)
        if world.rank == 0, let caution = options.precision.caution("--precision bf16") { log.warning("\(caution)") }
        let evaluator = Evaluator(detector: detector, pool: pool, world: world, products: products)
        var scored: [(name: String, file: DatasetFile, scores: [Double])] = []
        var details: [(robustness: Robustness?, latent: LatentSpace?)] = []
        var table = FeatureTable(dimension: evaluator.featureDimension)
        for (name, file) in zip(names, files) {
            if world.rank == 0 { log.notice("scoring \(file.frameCount) frames of \(name)") }
            let (scores, latent) = try score(file, name, evaluator, objective, &table)
            let robustness = options.perturbs
                ? try evaluator.robustness(file, framesPerVideo: options.perturbedFrames) {
                    show("\(name), perturbed", $0, $1, "perturbations")
                } : nil
            Console.standardError.setStatus("")
            if let scores {
                scored.append((name, file, scores))
                details.append((robustness, latent))
            }
        }
        guard world.rank == 0 else { return nil }
        if let path = options.features { try table.write(to: path) }
        if let path = options.saliency {
            var sheet = SaliencySheet(detector: detector, pool: pool)
            for (name, file) in zip(names, files) { try sheet.add(file, named: name) }
            let picture = sheet.picture()
            let bytes = try path.hasSuffix(".png") ? PNG.encode(picture) : JPEG.encode(picture, quality: 88)
            try Foundation.Data(bytes).write(to: URL(filePath: path), options: .atomic)
        }
        var evaluation = try Evaluator.evaluation(scored)
        for (place, detail) in details.enumerated() {
            evaluation.result.datasets[place].robustness = detail.robustness
            evaluation.result.datasets[place].latent = detail.latent
        }
        var provenance = contents.provenance
        provenance["checkpoint_step"] = "\(contents.integers["step"] ?? 0)"
        provenance["seed"] = "\(configuration.train.seed)"
        provenance["setting"] = configuration.setting.rawValue
        if products.isRounded { provenance["scored_with"] = products.name }
        return Outcome(evaluation: evaluation, provenance: provenance, checkpoint: checkpoint)
    }

    /// Scores on rank 0, with the latent space if it was asked for; nils on the others. Collective.
    private func score(
        _ file: DatasetFile, _ name: String, _ evaluator: Evaluator, _ objective: Objective,
        _ table: inout FeatureTable
    ) throws -> (scores: [Double]?, latent: LatentSpace?) {
        guard options.latent || options.features != nil else {
            return (try evaluator.score(file) { show(name, $0, $1) }, nil)
        }
        try Evaluator.requireSquare(file)
        let judged = try evaluator.judge(
            file.frameCount, of: file.path, features: true, progress: { show(name, $0, $1) },
            picture: { try FrameReader.read($0, of: file, size: $1).image })
        let blends = options.latent
            ? try evaluator.blends(of: file) { show("\(name), blendfakes", $0, $1) } : nil
        guard let judged else { return (nil, nil) }
        let anchors = (0..<file.frameCount).map { file.video(of: $0).isFake ? Character("f") : "r" }
        table.add(Array(0..<file.frameCount), anchors: anchors, judged, of: file, named: name, isMade: false)
        guard let blends else { return (judged.scores, nil) }
        table.add(blends.frames, anchors: blends.anchors, blends.judged, of: file, named: name, isMade: true)
        if blends.failed > 0 {
            log.warning("\(blends.failed) blendfakes of \(name) could not be made and are left out of the anchors")
        }
        let used = objective.options.order.sorted(objective.anchors)
        let direction = objective.statistics.orientation(from: used[0], to: used[used.count - 1])
        let width = evaluator.featureDimension
        var features = blends.judged.features
        var letters = blends.anchors
        for frame in 0..<file.frameCount where file.video(of: frame).isFake {
            features += judged.features[frame * width..<(frame + 1) * width]
            letters.append("f")
        }
        let latent = LatentSpace(
            features: features, anchors: letters, dimension: width, direction: direction,
            orientation: "from \(used[0].letter) to \(used[used.count - 1].letter), running means of the training")
        return (judged.scores, latent)
    }

    /// A status line on rank 0's terminal.
    private func show(_ name: String, _ done: Int, _ total: Int, _ unit: String = "frames of this rank") {
        guard world.rank == 0 && Console.standardError.isTerminal else { return }
        Console.standardError.setStatus("\(name): \(done) of \(total) \(unit)")
    }

    /// A name per file: its own, or its path where two files have the same one.
    static func names(of paths: [String]) -> [String] {
        let short = paths.map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
        return zip(paths, short).map { path, name in
            short.filter { $0 == name }.count > 1 ? path : name
        }
    }
}
