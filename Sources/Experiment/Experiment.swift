// Experiment.swift — an experiment from its configuration to its report: what `blendway experiment` does.

import Foundation
import Report
import Store
import Training

/// Runs what is missing in an experiment's folder and writes its report.
public struct Experiment {
    public struct Outcome {
        public var result: ExperimentResult?
        public var failed: Int
        public var isStopped: Bool
        /// The page.
        public var report: String?
    }

    private let plan: ExperimentPlan
    private let parallel: Int
    private let isStopRequested: @Sendable () -> Bool

    /// - Parameters:
    ///   - jobs: runs side by side; nil is as many as the machine has room for.
    public init(_ plan: ExperimentPlan, jobs: Int?, isStopRequested: @escaping @Sendable () -> Bool) {
        self.plan = plan
        parallel = jobs ?? ExperimentRunner.defaultParallel(plan.configuration.run)
        self.isStopRequested = isStopRequested
    }

    /// Makes and checks what runs need, without running any; for commands that are started elsewhere.
    /// - Returns: false if it was asked to stop.
    public func prepare() throws -> Bool {
        let folder = try ExperimentFolder(plan)
        return try prepareData(folder) != nil
    }

    private func prepareData(_ folder: ExperimentFolder) throws -> [ExperimentProtocol.File]? {
        let runner = ExperimentRunner(plan, parallel: 1, isStopRequested: isStopRequested)
        guard try runner.makeData() else { return nil }
        let paths = plan.files
        let files = try ExperimentProtocol.check(
            train: paths.train, val: paths.val, seen: paths.seen, unseen: paths.unseen)
        try folder.compare(files)
        return files
    }

    /// - Throws: `ExperimentError`, `StoreError`, `ReportError`. Runs that fail don't end it.
    public func run() throws -> Outcome {
        let folder = try ExperimentFolder(plan)
        guard let files = try prepareData(folder) else { return Outcome(result: nil, failed: 0, isStopped: true, report: nil) }
        let runner = ExperimentRunner(plan, parallel: parallel, isStopRequested: isStopRequested)
        Console.standardError.print(
            "\(plan.jobs.count) runs, \(parallel) side by side, in \(plan.folder)")
        let outcome = try runner.run()
        guard !outcome.finished.isEmpty else {
            return Outcome(result: nil, failed: outcome.failed.count, isStopped: outcome.isStopped, report: nil)
        }
        let result = ExperimentCollector(plan: plan, files: files).result(failed: outcome.failed, startedBy: folder.version)
        try AtomicFile.write(result.json(), to: "\(folder.path)/results.json")
        let page = "\(folder.path)/report/index.html"
        let report = ExperimentPage(result, plan: plan)
        try AtomicFile.write(report.html(), to: page)
        for (name, svg) in report.files { try AtomicFile.write(svg, to: "\(folder.path)/report/\(name).svg") }
        return Outcome(result: result, failed: outcome.failed.count, isStopped: outcome.isStopped, report: page)
    }
}
