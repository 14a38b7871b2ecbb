// ExperimentCommand.swift — `blendway experiment`.

import ArgumentParser
import DistributedTraining
import Experiment
import Foundation
import Training

struct ExperimentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        abstract: "Compare settings: train each with several seeds, judge all on the same data, report.",
        discussion: """
              blendway experiment --config configs/experiment.yaml --out runs/experiment

            Every run is a blendway train and a blendway eval like those that you type, several side by side. \
            Kill it at any time and start it again: finished runs are kept, others go on from their \
            checkpoints. A run that fails is told at the end; the others go on, and starting again tries it \
            again. A folder takes one configuration: another one is refused with the difference.

            Writes results.json and report/index.html into the folder. Training is given the training and \
            the validation data alone; files that would show it a test are refused. What the numbers mean: \
            docs/experiment.md.

            On a cluster, --print writes one command a run, to be given to sbatch or a job array; when they \
            are done, the same command without --print makes the report.

            --json prints one object: settings (name, seeds, unseen_frame_auc and others with mean and sd, \
            mpd), pairs (a, b, difference, p), failures, data, provenance.
            """)

    @Option(help: ArgumentHelp("What to compare, as YAML.", valueName: "file"))
    var config: String

    @Option(help: ArgumentHelp("Folder of the experiment; made if missing.", valueName: "folder"))
    var out: String

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Only these settings.", valueName: "name"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Runs side by side; by default as many as the cores have room for.", valueName: "N"))
    var jobs: Int?

    @Flag(name: .customLong("print"), help: "Print one command a run instead of running them.")
    var prints = false

    @Flag(help: "Print one JSON object with all results on standard output.")
    var json = false

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs is \(jobs); give at least 1.") }
        if out.isEmpty { throw ValidationError("--out is empty; name a folder.") }
    }

    func run() throws {
        try reportingFailures {
            if let launcher = Launcher.found(in: { ProcessInfo.processInfo.environment[$0] }) {
                throw CommandFailure(
                    .usage, "\(launcher.name) started \(launcher.processes) of these, but an experiment starts its runs "
                        + "itself; run it once, without a launcher, and set run.ranks in its configuration.")
            }
            let plan = try ExperimentPlan(ExperimentConfiguration.load(path: config), folder: out, only: only)
            try DistinctFiles.require([plan.files.train] + (plan.files.val.map { [$0] } ?? []) + plan.files.seen + plan.files.unseen)
            StopSignal.install()
            let experiment = Experiment(plan, jobs: jobs) { StopSignal.isRequested }
            if prints {
                guard try experiment.prepare() else { throw ExitCode(CommandExit.stopped.rawValue) }
                let program = CommandLine.arguments[0]
                return try Console.output(plan.shellLines(program: program).joined(separator: "\n") + "\n")
            }
            let outcome = try experiment.run()
            if let report = outcome.report { Console.error("Report: \(report)\n") }
            if let result = outcome.result {
                try Console.output(json ? result.json() : ExperimentTable(result).text())
            }
            if outcome.isStopped {
                Console.error("Stopped; start the same command again to go on.\n")
                throw ExitCode(CommandExit.stopped.rawValue)
            }
            guard outcome.failed == 0 else {
                throw CommandFailure(
                    .failed, "\(outcome.failed) of \(plan.jobs.count) runs failed, see above; start the same command again to try them again.")
            }
        }
    }
}
