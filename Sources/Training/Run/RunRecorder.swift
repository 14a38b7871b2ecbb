// RunRecorder.swift — what a run writes: metrics.jsonl, progress, checkpoints, quarantine, report.
// Rank 0 writes; on the others most of it does nothing.

import Data
import DistributedTraining
import Foundation
import Imaging
import Model
import Report
import Store

final class RunRecorder {
    private let configuration: RunConfiguration
    private let folder: RunFolder
    private let world: World
    private let config: String
    private let lastStep: Int
    private let provenance: [String: String]
    private let metrics: MetricsLog?
    private let tensorBoard: TensorBoardLog?
    private let progress: ProgressReporter?
    private let writer: CheckpointWriter?
    private var interval = Interval()
    private var savedStep = -1
    /// A checkpoint was due while the one before was still being written.
    private var owesCheckpoint = false
    /// Lines that a full disk has refused so far.
    private var unwritten: [IntervalRecord] = []
    /// Bad samples and all samples of this process, for the share.
    private var seen = 0
    private var bad = 0
    private(set) var lastLoss: Double?

    /// Sums over the steps of an interval.
    private struct Interval {
        var start = ContinuousClock.now
        var steps = 0
        var images = 0
        var loss = 0.0
        var terms: [String: Double] = [:]
        var dataWait = 0.0
        var statisticsWait = 0.0
        var checkpointWait = 0.0
        var reduction = ReductionTally()
    }

    init(
        _ configuration: RunConfiguration, folder: RunFolder, world: World, state: RunState,
        lastStep: Int, origins: [String: String], beforeCopying: @escaping @Sendable () -> Void
    ) throws {
        self.configuration = configuration
        self.folder = folder
        self.world = world
        self.lastStep = lastStep
        config = configuration.resolvedYAML()
        provenance = origins.merging(["version": blendwayVersion, "hosts": "\(world.hostCount)"]) { a, _ in a }
        guard world.rank == 0 else {
            (metrics, tensorBoard, progress, writer) = (nil, nil, nil, nil)
            return
        }
        try AtomicFile.write(config, to: folder.config)
        metrics = try MetricsLog(path: folder.metrics, resumedStep: state.step > 0 ? state.step : nil)
        tensorBoard = configuration.train.tensorboard
            ? TensorBoardLog(folder: folder.path, resumedStep: state.step > 0 ? state.step : nil) : nil
        progress = ProgressReporter(firstStep: state.step, totalSteps: lastStep)
        writer = CheckpointWriter(
            try CheckpointFolder(
                folder.checkpoints, role: .writer, keep: configuration.train.checkpointKeep),
            beforeCopying: beforeCopying)
        savedStep = state.step > 0 ? state.step : -1
    }

    // MARK: Steps

    /// Adds a step to the interval; ends the interval when it is time.
    /// - Parameter images: over all ranks.
    func record(
        _ outcome: TrainStep.Outcome, _ clock: StepClock, state: RunState, epoch: Int, rate: Double,
        images: Int
    ) throws {
        lastLoss = outcome.report.total
        interval.steps += 1
        interval.images += images
        interval.loss += outcome.report.total
        for (name, value) in outcome.report.terms { interval.terms[name, default: 0] += value }
        interval.dataWait += clock.dataWait
        interval.statisticsWait += outcome.statisticsWait
        interval.checkpointWait += outcome.updateWait
        interval.reduction.add(outcome.reduction)
        guard world.rank == 0 else { return }
        let done = state.step + 1
        let seconds = max((ContinuousClock.now - interval.start).seconds, 1e-9)
        let speed = Double(interval.images) / seconds
        progress?.step(done, epoch: epoch, loss: outcome.report.total, imagesPerSecond: speed)
        // The last interval may be shorter.
        guard done % configuration.train.logEvery == 0 || done == lastStep else { return }
        let steps = Double(interval.steps)
        let record = IntervalRecord(
            step: done, epoch: epoch, loss: interval.loss / steps,
            losses: interval.terms.mapValues { $0 / steps }, anchors: anchors(outcome.report.orientation),
            learningRate: rate, imagesPerSecond: speed, dataWait: interval.dataWait / seconds,
            reduceWait: interval.reduction.seconds / seconds,
            statisticsWait: interval.statisticsWait / seconds,
            checkpointWait: interval.checkpointWait / seconds,
            reduction: world.size > 1 ? interval.reduction.summary : nil, rssMB: Self.residentMegabytes(),
            worldSize: world.size, quarantined: state.quarantined, skippedSteps: state.skippedSteps)
        append(record)
        tensorBoard?.append(record, separations: separations(outcome.report.orientation))
        progress?.interval(record)
        interval = Interval()
    }

    /// A full disk is no reason to end a run: lines wait until there is room.
    private func append(_ record: IntervalRecord) {
        let isFirst = unwritten.isEmpty
        unwritten.append(record)
        do {
            while let next = unwritten.first {
                try metrics?.append(next)
                unwritten.removeFirst()
            }
        } catch {
            if isFirst { warn("\(error); the run goes on, and writes its lines when it can") }
        }
    }

    private func warn(_ message: String) {
        Console.standardError.print("warning: \(message)")
        world.watchdog?.record(message)
    }

    private func anchors(_ report: OrientationReport?) -> IntervalRecord.Anchors? {
        guard let report, let sigma = report.sigma else { return nil }
        return .init(t: report.positions.map { $0 ?? .nan }, sigma: sigma)
    }

    /// In units of sigma, by the pair's name.
    private func separations(_ report: OrientationReport?) -> [String: Double] {
        let names = TensorBoardLog.anchorNames
        return Dictionary(
            (report?.separations ?? []).map { pair, value in
                ("\(names[pair.from.rawValue])_\(names[pair.to.rawValue])", value)
            }, uniquingKeysWith: { $1 })
    }

    /// Shows TensorBoard what the network is about to get, now and then.
    func picture(_ batch: LoadedBatch, step: Int) {
        let every = configuration.train.pictureEverySteps
        guard let tensorBoard, every > 0, step % every == 0,
            let picture = BatchPicture.make(of: batch, size: configuration.data.size),
            let png = try? PNG.encode(picture)
        else { return }
        tensorBoard.append(picture: png, width: picture.width, height: picture.height, tag: "samples", step: step + 1)
    }

    func validated(auc: Double?, state: RunState) {
        guard world.rank == 0 else { return }
        if let auc { tensorBoard?.append(["validation/frame_auc": auc], step: state.step) }
        let text = auc.map { String(format: "%.4f", $0) } ?? "undefined"
        let best = state.bestStep == state.step ? ", the best so far" : ""
        Console.standardError.print("step \(state.step): validation frame AUC \(text)\(best)")
    }

    // MARK: Bad samples

    /// Notes what this rank could not use, and ends the run on all ranks when it is too much.
    func quarantine(
        _ samples: [Quarantined], _ decision: Decision, state: inout RunState, limit: Double
    ) throws {
        state.quarantined += decision.quarantined
        bad += decision.quarantined
        seen += decision.samples + decision.quarantined
        if !samples.isEmpty { try append(samples) }
        // A single bad sample at the start is no share: judged from a hundred samples on, or
        // where a whole batch is bad.
        let enough = seen >= 100 || decision.samples == 0
        guard enough && Double(bad) > limit * Double(seen) else { return }
        throw DataError.tooManyBadSamples(
            bad: bad, seen: seen, limit: limit,
            example: samples.last.map { "\($0.method)/\($0.video) frame \($0.frame): \($0.reason)" }
                ?? "on another rank")
    }

    private func append(_ samples: [Quarantined]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // One write per line, appended: lines of several ranks do not mix.
        let file = fopen(folder.quarantine, "a")
        guard let file else {
            throw TrainingError.runFolder(path: folder.path, cause: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        for sample in samples {
            fputs(String(decoding: try encoder.encode(sample), as: UTF8.self) + "\n", file)
            fflush(file)
        }
    }

    // MARK: Checkpoints

    /// At a step's end: writes a checkpoint in the background if one is due or owed.
    ///
    /// If the one before is still being written it is owed, and written at the first step's end that finds
    /// the writer idle: a slow disk stretches the distance between checkpoints, not the training. One that
    /// cannot be written is told, and the run goes on: older ones stay.
    /// - Parameter isComplete: nothing but weights and optimiser state carries over to the next step.
    func saveAtBoundary(_ step: TrainStep, _ state: RunState, isDue: Bool, isBest: Bool, isComplete: Bool) {
        guard let writer else { return }
        tellFailure()
        if isDue { owesCheckpoint = true }
        // The best weights are these and no others: worth waiting for.
        if isBest || owesCheckpoint && isComplete && !writer.isBusy { write(step, state, isBest: isBest) }
    }

    /// After the last step: the state must not be lost.
    func saveLast(_ step: TrainStep, _ state: RunState) {
        guard let writer else { return }
        // One that is under way may be of this very step, and fail.
        duringCheckpoint("wait for the checkpoint before") { writer.wait() }
        tellFailure()
        if state.step != savedStep { write(step, state, isBest: false) }
    }

    private func write(_ step: TrainStep, _ state: RunState, isBest: Bool) {
        guard let writer else { return }
        (savedStep, owesCheckpoint) = (state.step, false)
        let snapshot = TrainingSnapshot.take(
            step, state, sampler: (configuration.train.seed, configuration.data.globalBatch),
            worldSize: world.size, config: config, provenance: provenance)
        duringCheckpoint("wait for the checkpoint before") {
            writer.write(snapshot, step: state.step, isBest: isBest)
        }
    }

    /// Before the weights change: waits until the checkpoint has its copy of them.
    func waitUntilCopied() {
        guard let writer else { return }
        duringCheckpoint("copy the weights for a checkpoint") { writer.waitUntilCopied() }
    }

    private func tellFailure() {
        guard let failure = writer?.takeFailure() else { return }
        if failure.step == savedStep { savedStep = -1 }
        warn("the checkpoint of step \(failure.step) is not written: \(failure.cause) The run goes on; older checkpoints stay.")
    }

    private func duringCheckpoint(_ phase: String, _ body: () -> Void) {
        let limit = configuration.watchdog.checkpointSeconds
        world.phases.during(phase, limit: limit > 0 ? limit : .infinity, body)
    }

    /// Waits for the last checkpoint, writes the report.
    /// - Throws: why the last checkpoint, or the report, could not be written.
    func finish() throws {
        progress?.finish()
        duringCheckpoint("write the last checkpoint") { writer?.wait() }
        if let failure = writer?.takeFailure() { throw failure.cause }
        guard world.rank == 0 else { return }
        for record in unwritten { try metrics?.append(record) }
        unwritten = []
        try Self.report(folder, title: configuration.setting.rawValue).write(to: folder.report)
    }

    /// The report of a run so far, without evaluations.
    static func report(_ folder: RunFolder, title: String) throws -> RunReport {
        let text = (try? String(contentsOfFile: folder.metrics, encoding: .utf8)) ?? ""
        let bad = (try? String(contentsOfFile: folder.quarantine, encoding: .utf8)) ?? ""
        return RunReport(
            title: title, records: IntervalRecord.records(jsonLines: text),
            badSamples: BadSample.records(jsonLines: bad))
    }

    private static func residentMegabytes() -> Double {
        // Pages: total, resident, …
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Double(fields[1]) ?? .nan) * Double(getpagesize()) / 1048576 : .nan
    }
}
