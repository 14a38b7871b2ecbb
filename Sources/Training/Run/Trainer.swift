// Trainer.swift — the main path: from a configuration and a run folder to a trained detector.
//
//   one process     blendway train --config C.yaml --run-dir RUN
//   one host        mpirun -n 8 blendway train --config C.yaml --run-dir RUN
//   several hosts   mpirun -n 64 --hostfile H blendway train --config C.yaml --run-dir RUN
//
// What a step computes is TrainStep's, what is logged RunRecorder's, what is stored Checkpointing's.

import Data
import DistributedTraining
import Foundation
import Logging
import Model
import Store
import Tensor

/// Trains one detector on all ranks of a world. Every rank makes one and runs it.
public final class Trainer {
    /// Where to begin.
    public enum Resume: Equatable, Sendable {
        /// At the newest sound checkpoint of the run folder, or at the beginning if there is none.
        case auto
        /// At the beginning; refused where it would overwrite a run.
        case none
        case checkpoint(String)
    }

    public enum Ending: String, Codable, Sendable {
        /// The last step of the configuration is done.
        case finished
        /// The step asked for is reached.
        case stepLimit = "step_limit"
        /// A signal or the time limit: start the same command again to go on.
        case stopped
    }

    public struct Summary: Codable, Sendable {
        public var ending: Ending
        public var step: Int
        public var totalSteps: Int
        public var epoch: Int
        public var loss: Double?
        public var skippedSteps: Int
        public var quarantined: Int
        /// Fakes that training went without, for want of their real video.
        public var leftOut: UnpairedFakes
        public var bestValFrameAUC: Double?
        public var checkpoint: String
    }

    let configuration: RunConfiguration
    private let folder: RunFolder
    let world: World
    let log: Logger
    private let started = ContinuousClock.now
    /// For tests of slow memory: called on the thread that copies the state for a checkpoint, before it does.
    package var beforeCopying: @Sendable () -> Void = {}

    public init(_ configuration: RunConfiguration, folder: RunFolder, world: World, log: Logger) {
        self.configuration = configuration
        self.folder = folder
        self.world = world
        self.log = log
    }

    /// Trains until the configuration's end, `stepLimit` steps of the run, a signal or the time limit.
    /// Collective. Leaves a checkpoint of the last step done.
    public func run(resume: Resume, stepLimit: Int? = nil) throws -> Summary {
        let threads = try ComputeThreads(requested: configuration.train.threads, world)
        let pool = threads.pool
        let (samples, validation) = try openData()
        let sampler = Sampler(
            sampleCount: samples.count, globalBatch: configuration.data.globalBatch,
            epochs: configuration.train.epochs, seed: configuration.train.seed)
        let schedule = try configuration.makeSchedule()
        let step = try makeStep(pool)
        let productNames = try compareProducts()
        var state = try resumeState(resume, into: step, dataHash: samples.file.contentHash)
        let firstStep = state.step
        let lastStep = min(sampler.totalSteps, max(stepLimit ?? .max, firstStep))

        let recorder = try RunRecorder(
            configuration, folder: folder, world: world, state: state, lastStep: lastStep,
            origins: hashes(samples.file, validation).merging(productsProvenance(productNames)) { a, _ in a },
            beforeCopying: beforeCopying)
        let loader = Loader(
            samples, sampler: sampler, firstStep: state.step, size: configuration.data.size,
            seed: configuration.train.seed, augment: configuration.data.augment, rank: world.rank,
            ranks: world.size, threads: configuration.data.loaderThreads,
            prefetch: configuration.data.prefetch)
        defer { loader.stop() }
        step.beforeUpdate = recorder.waitUntilCopied
        announce(step.detector, samples, sampler, state, lastStep, threads)

        var ending = lastStep == sampler.totalSteps ? Ending.finished : .stepLimit
        var isStopping = false
        while state.step < lastStep {
            world.phases.setStep(state.step)
            let clock = StepClock()
            let batch = world.phases.during("load", limit: limit(\.loadSeconds)) { loader.next()! }
            clock.loaded()
            let decision = try world.communicator.agree(
                Votes(
                    step: state.step, samples: batch.samples.count, quarantined: batch.quarantined.count,
                    stopRequested: StopSignal.isRequested,
                    // At least one step a start: the same command, started again, always gets on.
                    timeLimit: state.step > firstStep && isOutOfTime))
            isStopping = isStopping || decision.stopRequested || decision.timeLimit
            if isStopping && (state.step == firstStep || leavesNothing(state.step - 1, sampler, lastStep)) {
                if world.rank == 0 { log.notice("\(stopReason(decision)); saving step \(state.step)") }
                ending = .stopped
                break
            }
            let done = state
            try savingOnFailure(step, done, recorder) {
                try recorder.quarantine(
                    batch.quarantined, decision, state: &state, limit: configuration.data.quarantineLimit)
            }
            if decision.samples > 0 {
                recorder.picture(batch, step: state.step)
                let shares = shards == 0
                    ? [batch.whole]
                    : sampler.shardCuts(state.step, rank: world.rank, ranks: world.size, shards: shards)
                        .map(batch.share)
                let rate = schedule.rate(
                    step: state.step, stepsPerEpoch: sampler.stepsPerEpoch, totalSteps: sampler.totalSteps)
                let outcome = try world.phases.during("step", limit: limit(\.stepSeconds)) {
                    try step.run(
                        shares, globalQuadruples: decision.samples, learningRate: rate,
                        exact: leavesNothing(state.step, sampler, lastStep))
                }
                try savingOnFailure(step, done, recorder) { try count(outcome, &state) }
                clock.finished()
                try recorder.record(
                    outcome, clock, state: state, epoch: sampler.epoch(ofStep: state.step), rate: rate,
                    images: decision.samples * step.objective.anchors.count)
            }
            let epoch = sampler.epoch(ofStep: state.step)
            state.step += 1
            state.epoch = sampler.epoch(ofStep: state.step)
            let epochDone = state.epoch != epoch || state.step == sampler.totalSteps
            try atBoundary(step, &state, recorder, validation, pool, sampler, epochDone: epochDone, lastStep: lastStep)
        }
        recorder.saveLast(step, state)
        try finish(recorder)
        return Summary(
            ending: ending, step: state.step, totalSteps: sampler.totalSteps, epoch: state.epoch,
            loss: recorder.lastLoss, skippedSteps: state.skippedSteps, quarantined: state.quarantined,
            leftOut: samples.leftOut, bestValFrameAUC: state.bestMetric, checkpoint: folder.checkpoints + "/latest.h5")
    }

    /// Rank 0 may fail to write its last files: then all end with that.
    private func finish(_ recorder: RunRecorder) throws {
        var failure: (any Error)?
        do { try recorder.finish() } catch { failure = error }
        try world.phases.during("wait for rank 0's last checkpoint", limit: limit(\.checkpointSeconds)) {
            try world.communicator.requireSuccess(failure, while: "writing the last checkpoint and the report")
        }
    }

    // MARK: Before the first step

    private func openData() throws -> (samples: TrainingSamples, validation: DatasetFile?) {
        let path = try configuration.requireTrainingData()
        guard configuration.data.globalBatch >= world.size else {
            throw DataError.batchTooSmall(
                globalBatch: configuration.data.globalBatch, ranks: world.size)
        }
        let file = try DatasetFile(path)
        guard file.width == file.height else {
            throw TrainingError.imageSize(file: path, width: file.width, height: file.height)
        }
        let samples = try TrainingSamples(
            file, anchors: configuration.blendAnchors, neighbourCount: configuration.data.neighbours)
        try world.communicator.requireSame(
            file.contentHash.utf8, object: "the training data",
            remedy: "give all hosts the same file, best in a shared folder")
        let validation = try configuration.validationData().map { try DatasetFile($0) }
        try world.communicator.requireSame(
            (validation?.contentHash ?? "none").utf8, object: "the validation data",
            remedy: "give all hosts the same file, best in a shared folder, or set data.val=null")
        return (samples, validation)
    }

    private var shards: Int { configuration.train.shards }

    private func makeStep(_ pool: ThreadPool) throws -> TrainStep {
        try requireFittingShards()
        let (detector, objective) = try configuration.makeDetector()
        var limits = TrainStep.Limits()
        limits.forward = limit(\.forwardSeconds)
        limits.backward = limit(\.backwardSeconds)
        limits.reduce = limit(\.reduceSeconds)
        let parameters = detector.parameters
        return try TrainStep(
            detector: detector, objective: objective,
            makeReplica: { [configuration] in try configuration.makeDetector(sharingWeightsOf: $0) },
            optimizer: configuration.makeOptimizer(parameterCount: parameters.values.count),
            average: configuration.optimizer.ema > 0
                ? WeightAverage(of: UnsafeBufferPointer(parameters.values), decay: configuration.optimizer.ema)
                : nil,
            shards: shards, compresses: configuration.train.wire == .bf16,
            clipNorm: configuration.optimizer.clipNorm, limits: limits, pool: pool, world: world,
            seed: configuration.train.seed, recomputes: configuration.train.recompute,
            products: products)
    }

    /// With shards the ranks have to share them out evenly, and round alike.
    private func requireFittingShards() throws {
        guard shards > 0 else { return }
        guard ShardTeam.fits(shards: shards, ranks: world.size) else {
            throw TrainingError.shards(shards: shards, ranks: world.size)
        }
        try world.communicator.requireSame(
            "\(OpenBLASCore.name), \(OpenBLASCore.instructionSet), \(products.name)".utf8,
            object: "the processor's kernels (here \(OpenBLASCore.name), \(OpenBLASCore.instructionSet), products \(products.name))",
            remedy: "train.shards gives equal bits on equal processors only: use hosts of one kind, or train.shards=0")
    }

    /// Rank 0 chooses the checkpoint, so that all ranks take the same; then all read it.
    private func resumeState(
        _ resume: Resume, into step: TrainStep, dataHash: String
    ) throws -> RunState {
        var path = ""
        var failure: (any Error)?
        if world.rank == 0 {
            do { path = try chooseCheckpoint(resume) } catch { failure = error }
        }
        try world.communicator.requireSuccess(failure, while: "looking for a checkpoint")
        path = String(
            decoding: try world.communicator.broadcast(Array(path.utf8), phase: "choose a checkpoint"),
            as: UTF8.self)
        guard !path.isEmpty else {
            try initialize(step)
            return RunState()
        }
        let contents = try Checkpoint.read(path)
        guard contents.integers["optimizer_steps"] != nil else { throw TrainingError.weightsOnly(checkpoint: path) }
        let data = contents.provenance["train_data"]
        guard data == nil || data == dataHash else {
            throw TrainingError.otherConfiguration(
                checkpoint: path, key: "data.train", old: "content \(data!.prefix(12))",
                new: "content \(dataHash.prefix(12))")
        }
        for (key, now) in [
            ("data.global_batch", Int64(configuration.data.globalBatch)),
            ("train.seed", Int64(bitPattern: configuration.train.seed)),
        ] {
            let old = contents.integers[key == "train.seed" ? "seed" : "global_batch"]
            guard old == now else {
                throw TrainingError.otherConfiguration(
                    checkpoint: path, key: key, old: old.map { "\($0)" } ?? "nothing", new: "\(now)")
            }
        }
        let state = try TrainingSnapshot.restore(contents, from: path, into: step)
        try step.requireSameStart(world)
        if world.rank == 0 { log.notice("resumed from \(path), step \(state.step)") }
        try announceChange(since: contents)
        return state
    }

    /// The first weights of a new run, if the configuration names some. Every rank reads them.
    private func initialize(_ step: TrainStep) throws {
        guard let path = configuration.model.weights else { return try step.shareStart(world) }
        let contents = try Checkpoint.read(path)
        try TrainingSnapshot.restoreWeights(contents, from: path, into: step.detector)
        if let average = step.average {
            _ = average.values.update(fromContentsOf: step.detector.parameters.values)
        }
        try step.requireSameStart(world)
        guard world.rank == 0 else { return }
        log.notice("begins with the weights of \(path)")
        let other = try RunConfiguration.load(yaml: contents.config, source: "\(path)'s configuration").model
        if other.padding != configuration.model.padding {
            log.warning(
                """
                these weights are for model.padding=\(other.padding.rawValue), now it is \
                \(configuration.model.padding.rawValue): they will score worse until trained
                """)
        }
        if other.batchNorm.eps != configuration.model.batchNorm.eps {
            log.warning(
                """
                these weights are for model.batch_norm.eps=\(other.batchNorm.eps), now it is \
                \(configuration.model.batchNorm.eps)
                """)
        }
    }

    /// The path to resume from, or "" for the beginning.
    private func chooseCheckpoint(_ resume: Resume) throws -> String {
        if case .checkpoint(let path) = resume { return path }
        let checkpoints = try CheckpointFolder(
            folder.checkpoints, role: .writer, keep: configuration.train.checkpointKeep)
        if resume == .none {
            if let newest = try checkpoints.steps().last {
                throw TrainingError.runExists(folder: folder.path, step: newest)
            }
            return ""
        }
        let (choice, broken) = try checkpoints.newestSound()
        for broken in broken { log.warning("\(broken)") }
        return choice?.path ?? ""
    }

    private func hashes(_ train: DatasetFile, _ validation: DatasetFile?) -> [String: String] {
        var hashes = ["train_data": train.contentHash]
        hashes["val_data"] = validation?.contentHash
        return hashes
    }

    private func announce(
        _ detector: Detector, _ samples: TrainingSamples, _ sampler: Sampler, _ state: RunState, _ lastStep: Int,
        _ threads: ComputeThreads
    ) {
        guard world.rank == 0 else { return }
        let file = samples.file
        if let left = samples.leftOut.sentence(file: file.path, of: file.videos.count(where: \.isFake)) {
            log.warning("\(left)")
        }
        if let warning = samples.pairWarning { log.warning("\(warning)") }
        log.notice(
            """
            \(configuration.setting.rawValue) on \(sampler.sampleCount) samples: \(configuration.model.arch.rawValue), \
            \(detector.parameters.parameterCount) parameters, \(configuration.data.size)×\(configuration.data.size) pixels, \
            \(sampler.globalBatch) samples a step, steps \(state.step) to \(lastStep) of \(sampler.totalSteps)
            """)
        log.notice(
            """
            \(world.size) ranks on \(world.hostCount) hosts, \(threads.description) each\
            \(shards > 0 ? ", \(shards) shards" : ""); \(world.library); \
            products \(GEMM.description(products)); kernels \(OpenBLASCore.instructionSet)
            """)
    }

    // MARK: Between steps

    private func limit(_ key: KeyPath<RunConfiguration.Watchdog, Double>) -> Double {
        let seconds = configuration.watchdog[keyPath: key]
        return seconds > 0 ? seconds : .infinity
    }

    private var isOutOfTime: Bool {
        configuration.train.maxHours > 0
            && ContinuousClock.now - started > .seconds(configuration.train.maxHours * 3600)
    }

    /// Whether a step leaves nothing of its gradients for later ones, so that a checkpoint behind it is
    /// complete. With `train.wire: bf16` these are the steps that send float32: every few, and those that a
    /// checkpoint is due behind. Known from the configuration alone, so that a resumed run has the same.
    private func leavesNothing(_ step: Int, _ sampler: Sampler, _ lastStep: Int) -> Bool {
        let next = step + 1
        return configuration.train.wire == .float32 || next % configuration.train.wireExactEvery == 0
            || next % configuration.train.checkpointEverySteps == 0
            || sampler.epoch(ofStep: step) != sampler.epoch(ofStep: next) || next == lastStep
    }

    private func stopReason(_ decision: Decision) -> String {
        decision.timeLimit
            ? "train.max_hours is over" : "asked to stop\(StopSignal.name.map { " by \($0)" } ?? "")"
    }

    /// Runs `body`, which throws on all ranks or on none; then what was done before is saved first.
    private func savingOnFailure(
        _ step: TrainStep, _ done: RunState, _ recorder: RunRecorder, _ body: () throws -> Void
    ) throws {
        do {
            try body()
        } catch {
            switch error {
            case TrainingError.notFinite, DataError.tooManyBadSamples: break
            default: throw error
            }
            // What went wrong first is what the user has to know.
            recorder.saveLast(step, done)
            // The report lists what all ranks have put aside.
            try? world.communicator.barrier(phase: "list the samples left out")
            try? recorder.finish()
            try? world.communicator.barrier(phase: "save before the end")
            throw error
        }
    }

    /// Counts a step that was skipped; too many in a row end the run on all ranks.
    private func count(_ outcome: TrainStep.Outcome, _ state: inout RunState) throws {
        guard !outcome.applied else {
            state.skippedInRow = 0
            return
        }
        state.skippedSteps += 1
        state.skippedInRow += 1
        if world.rank == 0 {
            log.warning("step \(state.step): the loss or a gradient is not finite; all ranks skip the update")
        }
        if configuration.train.nonFiniteLimit > 0 && state.skippedInRow >= configuration.train.nonFiniteLimit {
            throw TrainingError.notFinite(skips: state.skippedInRow, step: state.step)
        }
    }

    /// Validation at the end of an epoch, and checkpoints.
    private func atBoundary(
        _ step: TrainStep, _ state: inout RunState, _ recorder: RunRecorder, _ validation: DatasetFile?,
        _ pool: ThreadPool, _ sampler: Sampler, epochDone: Bool, lastStep: Int
    ) throws {
        var isBest = false
        let every = configuration.train.evaluateEveryEpochs
        let isLast = state.step == lastStep
        if let validation, every > 0, epochDone, state.epoch % every == 0 || isLast {
            let auc = try world.phases.during("evaluate", limit: limit(\.evaluateSeconds)) {
                recorder.waitUntilCopied()
                return try validate(validation, step, pool)
            }
            if let auc, auc > state.bestMetric ?? -1 {
                (state.bestMetric, state.bestStep, isBest) = (auc, state.step, true)
            }
            recorder.validated(auc: auc, state: state)
        }
        let isDue = state.step % configuration.train.checkpointEverySteps == 0
        recorder.saveAtBoundary(
            step, state, isDue: isDue && !isLast, isBest: isBest,
            isComplete: leavesNothing(state.step - 1, sampler, lastStep))
    }

    /// Frame AUC on the validation split, the same number on every rank; nil if undefined.
    private func validate(_ file: DatasetFile, _ step: TrainStep, _ pool: ThreadPool) throws -> Double? {
        let average = step.average
        if let average { step.detector.parameters.exchange(with: average.values) }
        defer { if let average { step.detector.parameters.exchange(with: average.values) } }
        // Products are cut by threads, and round accordingly: with shards nothing may depend on that.
        let pool = shards > 0 ? ThreadPool(threads: 1) : pool
        let scores = try Evaluator(
            detector: step.detector, pool: pool, world: world,
            products: Products(configuration.train.evaluatePrecision)
        ).score(file)
        var auc = Double.nan
        // Weights that blow up give scores that are no numbers: no result, and no reason to end here.
        // Steps that cannot be applied end the run by their own count.
        if let scores, scores.allSatisfy(\.isFinite) {
            let result = try Evaluator.evaluation([("val", file, scores)]).result
            auc = result.datasets[0].measures.frame.auc ?? .nan
        } else if scores != nil {
            log.warning("step \(step.optimizer.stepCount): validation scores are not finite")
        }
        auc = try world.communicator.broadcast([auc], phase: "share the validation result")[0]
        return auc.isNaN ? nil : auc
    }
}
