// RunRecorder.swift — what a run writes: metrics.jsonl, progress, checkpoints, quarantine, report.
// Rank 0 writes; on the others most of it does nothing.

import Data
import DistributedTraining
import Foundation
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
    private let progress: ProgressReporter?
    private let writer: CheckpointWriter?
    private var interval = Interval()
    private var savedStep = -1
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
        var reduceWait = 0.0
    }

    init(
        _ configuration: RunConfiguration, folder: RunFolder, world: World, state: RunState,
        lastStep: Int, dataHashes: [String: String]
    ) throws {
        self.configuration = configuration
        self.folder = folder
        self.world = world
        self.lastStep = lastStep
        config = configuration.resolvedYAML()
        provenance = dataHashes.merging(["version": blendwayVersion, "hosts": "\(world.hostCount)"]) { a, _ in a }
        guard world.rank == 0 else {
            (metrics, progress, writer) = (nil, nil, nil)
            return
        }
        try AtomicFile.write(config, to: folder.config)
        metrics = try MetricsLog(path: folder.metrics, resumedStep: state.step > 0 ? state.step : nil)
        progress = ProgressReporter(firstStep: state.step, totalSteps: lastStep)
        writer = CheckpointWriter(
            try CheckpointFolder(
                folder.checkpoints, role: .writer, keep: configuration.train.checkpointKeep))
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
        interval.reduceWait += clock.reduceWait
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
            reduceWait: interval.reduceWait / seconds, rssMB: Self.residentMegabytes(),
            worldSize: world.size, quarantined: state.quarantined, skippedSteps: state.skippedSteps)
        try metrics?.append(record)
        progress?.interval(record)
        interval = Interval()
    }

    private func anchors(_ report: OrientationReport?) -> IntervalRecord.Anchors? {
        guard let report, let sigma = report.sigma else { return nil }
        return .init(t: report.positions.map { $0 ?? .nan }, sigma: sigma)
    }

    func validated(auc: Double?, state: RunState) {
        guard world.rank == 0 else { return }
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

    /// Copies the state and writes it in the background. On all ranks, so that the time is the same.
    func save(_ step: TrainStep, _ state: RunState, isBest: Bool) throws {
        guard let writer else { return }
        guard state.step != savedStep || isBest else { return }
        savedStep = state.step
        let contents = TrainingSnapshot.take(
            step, state, sampler: (configuration.train.seed, configuration.data.globalBatch),
            worldSize: world.size, config: config, provenance: provenance)
        let limit = configuration.watchdog.checkpointSeconds
        try world.phases.during("wait for the checkpoint before", limit: limit > 0 ? limit : .infinity) {
            try writer.write(contents, step: state.step, isBest: isBest)
        }
    }

    /// Waits for the last checkpoint, writes the report.
    func finish() throws {
        progress?.finish()
        let limit = configuration.watchdog.checkpointSeconds
        try world.phases.during("write the last checkpoint", limit: limit > 0 ? limit : .infinity) {
            try writer?.wait()
        }
        guard world.rank == 0 else { return }
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
