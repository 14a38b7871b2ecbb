// ExperimentRunner.swift — runs what is missing of an experiment, several runs side by side.
//
// Not here: which runs there are (ExperimentPlan), and what is made of them (ExperimentResult).

import Foundation
import Metrics
import Tensor
import Training

/// Runs trainings and evaluations as child processes until all are there, one failed for good, or it is
/// asked to stop.
///
/// Note [Why an experiment can be killed at any time]
/// A run is finished when its eval.json is there, which takes its name only when it is complete; a
/// training goes on from its own checkpoints. So all state is in files that are replaced whole, and
/// starting again is looking which of them are missing.
public final class ExperimentRunner: @unchecked Sendable {
    public struct Outcome: Sendable {
        public var finished: [ExperimentPlan.Job] = []
        /// With the last lines of their logs.
        public var failed: [(job: ExperimentPlan.Job, reason: String)] = []
        public var isStopped = false
        /// Of this start.
        public var seconds = 0.0
    }

    private let plan: ExperimentPlan
    private let parallel: Int
    private let isStopRequested: @Sendable () -> Bool
    private let console = Console.standardError
    private let program = ChildProcess.program
    /// A run that was stopped or lost by no fault of its own is started again so often.
    private static let attempts = 3
    private static let stoppedStatus: Int32 = 75
    /// Lost a rank, a host or a connection.
    private static let lostStatus: Int32 = 76

    // Guarded by `lock`.
    private let lock = NSLock()
    private var waiting: [ExperimentPlan.Job] = []
    private var running: [ExperimentPlan.Job] = []
    private var outcome = Outcome()
    /// Threads that carry runs out.
    private var workers = 0

    /// - Parameters:
    ///   - parallel: runs side by side, at least 1.
    ///   - isStopRequested: asked often, from several threads.
    public init(_ plan: ExperimentPlan, parallel: Int, isStopRequested: @escaping @Sendable () -> Bool) {
        self.plan = plan
        self.parallel = max(1, parallel)
        self.isStopRequested = isStopRequested
    }

    /// Runs side by side that a machine has room for: its cores by those of a run.
    public static func defaultParallel(_ run: ExperimentConfiguration.Run) -> Int {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return max(1, cores / max(1, max(1, run.ranks) * max(1, run.threads)))
    }

    // MARK: Data

    /// Makes the built-in data where they are the source; keeps what is there.
    /// - Throws: `ExperimentError.synthFailed`.
    /// - Returns: false if it was asked to stop.
    public func makeData() throws -> Bool {
        guard let command = plan.synthCommand(program: program) else { return true }
        console.print("data: \(plan.dataFolder)")
        let log = "\(plan.folder)/data.log"
        switch try run(command, output: nil, log: log, isLauncher: false) {
        case 0: return true
        case _ where isStopRequested(): return false
        default: throw ExperimentError.synthFailed(log: log, lastLine: Self.lastLines(of: log, 1))
        }
    }

    // MARK: Runs

    /// - Throws: `ThreadStartError`.
    public func run() throws -> Outcome {
        let began = Date()
        for job in plan.jobs {
            if Self.evaluation(job) != nil { outcome.finished.append(job) } else { waiting.append(job) }
        }
        let total = plan.jobs.count
        if !outcome.finished.isEmpty { console.print("\(outcome.finished.count) of \(total) runs are there already") }
        let atStart = plan.jobs.reduce(0) { $0 + RunProgress.share(of: $1) }
        try startWorkers(began: began, atStart: atStart)
        var shown = Date()
        while lock.withLock({ workers > 0 }) {
            usleep(100_000)
            let interval: Double = console.isTerminal ? 1 : 60
            guard Date().timeIntervalSince(shown) >= interval else { continue }
            shown = Date()
            show(began: began, atStart: atStart)
        }
        console.setStatus("")
        outcome.isStopped = isStopRequested() && outcome.finished.count + outcome.failed.count < total
        outcome.seconds = Date().timeIntervalSince(began)
        return outcome
    }

    /// As many as are wanted; where the system gives fewer, fewer runs go side by side.
    private func startWorkers(began: Date, atStart: Double) throws {
        let wanted = min(parallel, waiting.count)
        for index in 0..<wanted {
            lock.withLock { workers += 1 }
            do {
                try startThread("run \(index)") { [self] in
                    work(began: began, atStart: atStart)
                    lock.withLock { workers -= 1 }
                }
            } catch {
                lock.withLock { workers -= 1 }
                guard index > 0 else { throw error }
                return console.print("\(index) of \(wanted) runs go side by side: \(error)")
            }
        }
    }

    private func work(began: Date, atStart: Double) {
        while !isStopRequested(), let job = next() {
            let start = Date()
            let problem = carryOut(job)
            lock.withLock {
                running.removeAll { $0 == job }
                if let problem {
                    outcome.failed.append((job, problem))
                } else if Self.evaluation(job) != nil {
                    outcome.finished.append(job)
                }
            }
            if let problem {
                console.print("\(job.name) failed: \(problem); the others go on")
            } else if let evaluation = Self.evaluation(job) {
                let unseen = ExperimentResult.Run.measures(evaluation, seen: plan.files.seen.count).unseen
                let auc = unseen?.frame.auc.map { String(format: "%.4f", $0) } ?? "undefined"
                let time = ProgressReporter.duration(Date().timeIntervalSince(start))
                console.print("\(job.name): unseen frame AUC \(auc), \(time); \(summary(began: began, atStart: atStart))")
            }
        }
    }

    private func next() -> ExperimentPlan.Job? {
        lock.withLock {
            guard !waiting.isEmpty else { return nil }
            let job = waiting.removeFirst()
            running.append(job)
            return job
        }
    }

    /// nil when it is done or was asked to stop; otherwise what went wrong.
    private func carryOut(_ job: ExperimentPlan.Job) -> String? {
        do {
            try FileManager.default.createDirectory(atPath: job.folder, withIntermediateDirectories: true)
            try? FileManager.default.removeItem(atPath: job.failure)
            if Self.summary(job) == nil {
                let problem = try step(plan.trainCommand(job, program: program), to: job.trained, log: job.trainLog)
                if let problem { return fail(job, problem) }
                if isStopRequested() { return nil }
            }
            let problem = try step(plan.evalCommand(job, program: program), to: job.evaluated, log: job.evalLog)
            if let problem { return fail(job, problem) }
            if !isStopRequested() && Self.evaluation(job) == nil {
                return fail(job, "\(job.evaluated) is no result of an evaluation")
            }
            return nil
        } catch {
            return fail(job, "\(error)")
        }
    }

    private func fail(_ job: ExperimentPlan.Job, _ problem: String) -> String {
        try? Data((problem + "\n").utf8).write(to: URL(filePath: job.failure), options: .atomic)
        return problem
    }

    /// Runs a command; what it prints becomes `file` when it ends well. nil then, or when stopped.
    private func step(_ command: [String], to file: String, log: String) throws -> String? {
        let part = file + ".part"
        for attempt in 1...Self.attempts {
            let status = try run(command, output: part, log: log, isLauncher: plan.configuration.run.ranks > 0)
            if status == 0 {
                guard rename(part, file) == 0 else { return "\(file): \(String(cString: strerror(errno)))" }
                return nil
            }
            if isStopRequested() { return nil }
            let goesOn = status == Self.stoppedStatus || status == Self.lostStatus || status > 128
            guard goesOn && attempt < Self.attempts else {
                return "status \(status): \(Self.lastLines(of: log, 1)) (\(log))"
            }
        }
        return nil
    }

    /// Waits for a command; passes a stop on to it once.
    private func run(_ command: [String], output: String?, log: String, isLauncher: Bool) throws -> Int32 {
        let child = try ChildProcess(command, output: output, log: log)
        var isTold = false
        while true {
            if let status = child.poll() { return status }
            if !isTold && isStopRequested() {
                isTold = true
                child.askToStop(isLauncher: isLauncher)
            }
            usleep(50_000)
        }
    }

    // MARK: Files

    /// The evaluation of a finished run.
    static func evaluation(_ job: ExperimentPlan.Job) -> EvaluationResult? {
        FileManager.default.contents(atPath: job.evaluated)
            .flatMap { try? JSONDecoder().decode(EvaluationResult.self, from: $0) }
    }

    /// The summary of a finished training.
    static func summary(_ job: ExperimentPlan.Job) -> TrainingSummary? {
        FileManager.default.contents(atPath: job.trained)
            .flatMap { try? JSONDecoder().decode(TrainingSummary.self, from: $0) }
            .flatMap { $0.ending == .finished ? $0 : nil }
    }

    private static func lastLines(of log: String, _ count: Int) -> String {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").suffix(count)
        return lines.isEmpty ? "it said nothing" : lines.joined(separator: " ")
    }

    // MARK: Progress

    private func summary(began: Date, atStart: Double) -> String {
        let done = plan.jobs.reduce(0) { $0 + RunProgress.share(of: $1) }
        let (finished, failed) = lock.withLock { (outcome.finished.count, outcome.failed.count) }
        let total = plan.jobs.count
        let left = RunProgress.left(
            done: done, atStart: atStart, total: Double(total - failed), seconds: Date().timeIntervalSince(began))
        return "\(finished) of \(total) runs done" + (failed > 0 ? ", \(failed) failed" : "")
            + (finished + failed < total ? left.map { ", about \($0) left" } ?? "" : "")
    }

    private func show(began: Date, atStart: Double) {
        let names = lock.withLock { running.map { "\($0.name) \(Int(100 * RunProgress.share(of: $0)))%" } }
        let line = "\(summary(began: began, atStart: atStart)); now \(names.joined(separator: ", "))"
        if console.isTerminal { console.setStatus(line) } else { console.print(line) }
    }
}
