// TensorBoardLog.swift — what a run tells TensorBoard: a scalar for every number of an interval, the
// validation's result, and a picture of training samples now and then. Rank 0 alone makes one.
//
// metrics.jsonl has the same numbers and is the run's record; this is a copy for people's tools.

import Foundation
import Report

/// Writes one event file a start of the run.
///
/// A start that goes on from step N begins with a session event of step N + 1: TensorBoard then drops
/// what earlier files hold from that step on, as those steps are done again.
///
/// A file that can't be written is no reason to end a run: the log says so once and stops writing.
public final class TensorBoardLog {
    private var file: EventFile?
    private let now: () -> Date
    private let warn: (String) -> Void

    /// - Parameters:
    ///   - resumedStep: steps done by the run before this start; nil for a new run.
    ///   - now: the clock; given by tests.
    ///   - warn: gets the sentence when the file can't be written.
    public init(
        folder: String, resumedStep: Int?, now: @escaping () -> Date = { Date() },
        warn: @escaping (String) -> Void = { Console.standardError.print($0) }
    ) {
        self.now = now
        self.warn = warn
        do {
            file = try EventFile(folder: folder, now: now())
        } catch {
            give(up: error)
        }
        write(step: 0) { $0.fileVersion = "brain.Event:2" }
        if let resumedStep {
            write(step: resumedStep + 1) { $0.sessionLog.status = .start }
        }
    }

    /// The numbers of an interval, at its last step.
    /// - Parameter separations: distances of neighbouring anchors in units of sigma, by the pair's name.
    public func append(_ record: IntervalRecord, separations: [String: Double] = [:]) {
        var scalars = [
            "loss/total": record.loss, "learning_rate": record.learningRate,
            "throughput/images_per_second": record.imagesPerSecond, "wait/data": record.dataWait,
            "wait/reduce": record.reduceWait, "wait/statistics": record.statisticsWait,
            "wait/checkpoint": record.checkpointWait, "memory/rss_mb": record.rssMB,
            "run/epoch": Double(record.epoch), "run/ranks": Double(record.worldSize),
            "run/skipped_steps": Double(record.skippedSteps), "run/quarantined": Double(record.quarantined),
        ]
        for (term, value) in record.losses { scalars["loss/\(term)"] = value }
        if let anchors = record.anchors {
            // An anchor that the setting doesn't use has no position; a loss that blew up is shown as such.
            for (name, t) in zip(Self.anchorNames, anchors.t) where t.isFinite { scalars["anchors/t_\(name)"] = t }
            scalars["anchors/sigma"] = anchors.sigma
        }
        for (pair, value) in separations { scalars["anchors/separation_\(pair)"] = value }
        append(scalars, step: record.step)
    }

    public static let anchorNames = ["real", "self_blended", "cross_blended", "deepfake"]

    public func append(_ scalars: [String: Double], step: Int) {
        write(step: step) { event in
            event.summary.value = scalars.sorted { $0.key < $1.key }.map { tag, number in
                var value = TBSummary.Value()
                value.tag = tag
                value.simpleValue = Float(number)
                return value
            }
        }
    }

    /// - Parameter png: an RGB picture of `width`×`height` pixels.
    public func append(picture png: [UInt8], width: Int, height: Int, tag: String, step: Int) {
        write(step: step) { event in
            var value = TBSummary.Value()
            value.tag = tag
            value.image.width = Int32(width)
            value.image.height = Int32(height)
            value.image.colorspace = 3
            value.image.encodedImageString = Data(png)
            event.summary.value = [value]
        }
    }

    private func write(step: Int, _ fill: (inout TBEvent) -> Void) {
        guard let file else { return }
        var event = TBEvent()
        event.wallTime = now().timeIntervalSince1970
        event.step = Int64(step)
        fill(&event)
        do {
            try file.append(event.serializedData())
        } catch {
            give(up: error)
        }
    }

    private func give(up error: any Error) {
        file = nil
        warn("\(error); TensorBoard gets no more of this start, metrics.jsonl has the numbers")
    }
}
