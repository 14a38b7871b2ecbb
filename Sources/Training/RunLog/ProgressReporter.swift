// ProgressReporter.swift — tells the person at the console how far the run is.
//
// On a terminal: one line with a bar, redrawn at most five times a second. Elsewhere, in a batch
// job's log: one line an interval and nothing between.

import Report

/// Progress of one run, for rank 0.
public final class ProgressReporter {
    private let console: Console
    private let firstStep: Int
    private let totalSteps: Int
    private let start: ContinuousClock.Instant
    private let now: () -> ContinuousClock.Instant
    private var lastDrawn: ContinuousClock.Instant?
    private static let redrawInterval = Duration.milliseconds(200)

    /// - Parameters:
    ///   - firstStep: steps done before this process started.
    ///   - totalSteps: steps of the whole run.
    ///   - now: the clock; given by tests.
    public init(
        firstStep: Int, totalSteps: Int, console: Console = .standardError,
        now: @escaping () -> ContinuousClock.Instant = { .now }
    ) {
        self.console = console
        self.firstStep = firstStep
        self.totalSteps = totalSteps
        self.now = now
        start = now()
    }

    /// Call after every step. Cost when nothing is drawn: reading the clock.
    ///
    /// - Parameter imagesPerSecond: over all ranks.
    public func step(_ step: Int, epoch: Int, loss: Double, imagesPerSecond: Double) {
        guard console.isTerminal else { return }
        let instant = now()
        if let lastDrawn, instant - lastDrawn < Self.redrawInterval, step < totalSteps { return }
        lastDrawn = instant
        let width = 24
        let filled = totalSteps > 0 ? min(width, width * step / totalSteps) : width
        let bar =
            String(repeating: "━", count: filled) + String(repeating: "╌", count: width - filled)
        console.setStatus(
            "\(bar) \(step)/\(totalSteps)  epoch \(epoch)  loss \(loss.significant(4))  "
                + "\(imagesPerSecond.significant(3)) images/s  \(remaining(step, at: instant)) left"
        )
    }

    /// Call once an interval, with what was logged.
    public func interval(_ record: IntervalRecord) {
        guard !console.isTerminal else { return }
        var line =
            "step \(record.step)/\(totalSteps)  epoch \(record.epoch)  "
            + "loss \(record.loss.significant(4))  lr \(record.learningRate.significant(4))  "
            + "\(record.imagesPerSecond.significant(3)) images/s  "
            + "\(remaining(record.step, at: now())) left"
        if record.skippedSteps > 0 { line += "  skipped \(record.skippedSteps)" }
        if record.quarantined > 0 { line += "  quarantined \(record.quarantined)" }
        console.print(line)
    }

    /// Takes the bar away; lines printed before stay.
    public func finish() {
        console.setStatus("")
    }

    private func remaining(_ step: Int, at instant: ContinuousClock.Instant) -> String {
        let done = step - firstStep
        guard done > 0 else { return "?" }
        let seconds =
            Double((instant - start).components.seconds)
            + Double((instant - start).components.attoseconds) * 1e-18
        return Self.duration(seconds / Double(done) * Double(max(0, totalSteps - step)))
    }

    /// "8 s", "5 min 3 s", "2 h 5 min", "3 d 4 h".
    package static func duration(_ seconds: Double) -> String {
        let total = Int(min(seconds.rounded(), 1e9))
        return switch total {
        case ..<60: "\(total) s"
        case ..<3600: "\(total / 60) min \(total % 60) s"
        case ..<86400: "\(total / 3600) h \(total % 3600 / 60) min"
        default: "\(total / 86400) d \(total % 86400 / 3600) h"
        }
    }
}
