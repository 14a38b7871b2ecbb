// TrainCommand.swift — `blendway train`.

import ArgumentParser
import DistributedTraining
import Foundation
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a detector, on one process or on all ranks of mpirun.",
        discussion: """
            One process, two ranks on this machine, many on a cluster: only what stands in front differs.

              blendway train --config configs/demo.yaml --run-dir run
              mpirun -n 2 blendway train --config configs/demo.yaml --run-dir run
              srun --mpi=pmix blendway train --config configs/ffpp-b4.yaml --run-dir run

            data.train is the one setting without a default. The run folder's config.yaml lists every \
            setting with its value; docs/configuration.md says what they mean.

            The same command goes on where the run was: at the newest sound checkpoint of the run folder. \
            TERM, USR1 and INT save a checkpoint and end with code 75. Open MPI's mpirun passes on USR1, \
            but ends the job at once on TERM; srun passes on both.

            The run folder gets config.yaml, metrics.jsonl (a line an interval), checkpoints/ (latest.h5, \
            best.h5 and the newest), report/index.html and errors/. Judge the result with blendway eval.

            --json prints one object: ending (finished, step_limit or stopped), step, total_steps, epoch, \
            loss, skipped_steps, quarantined, left_out (fakes without their real video: without_target, \
            without_real_frames, frames, frames_too_far, example), best_val_frame_auc, checkpoint.
            """)

    @Option(help: ArgumentHelp("Settings as YAML; what is not in it has its default.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Folder of the run, shared by all hosts; made if it is not there.", valueName: "folder"))
    var runDir: String

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Overrides a setting; may be given often. Example: --set optimizer.lr=1e-4", valueName: "key=value"))
    var overrides: [String] = []

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            "Begins a new run with the weights of this checkpoint; the same as --set model.weights=file.",
            valueName: "file"))
    var initial: String?

    @Option(help: ArgumentHelp("Ends when this many steps of the run are done, those before a resume included.", valueName: "N"))
    var steps: Int?

    @Option(
        help: ArgumentHelp(
            "Where to begin: auto (the newest sound checkpoint, if any), none, or a checkpoint's path.",
            valueName: "auto|none|path"))
    var resume = "auto"

    @Option(
        help: ArgumentHelp(
            "Saves and ends with code 75 after so many hours, to be started again; as train.max_hours.", valueName: "hours"))
    var maxHours: Double?

    @Flag(
        help: """
            The same bits on any number of ranks (1, 2, 4, 8) and threads, at some cost; as train.shards=8 \
            unless that is set.
            """)
    var deterministic = false

    @Flag(help: "Print one JSON object with the outcome on standard output.")
    var json = false

    /// Of `--deterministic`: enough for the ranks of most jobs, few enough for one machine's memory.
    private static let usualShards = 8

    func validate() throws {
        if let steps, steps < 1 { throw ValidationError("--steps is \(steps); give at least 1.") }
        if let maxHours, !(maxHours > 0) { throw ValidationError("--max-hours is \(maxHours); give more than 0.") }
    }

    func run() throws {
        try runOnAllRanks { world, log in
            if world.rank == 0, let note = Program.openBLASNote { log.notice("\(note)") }
            try requireSameProgram(world)
            let configuration = try loadConfiguration(world)
            let folder = RunFolder(runDir)
            let lock = try prepare(folder, world)
            defer { withExtendedLifetime(lock) {} }
            try world.startWatchdog(folder: folder.errors, beatSeconds: configuration.watchdog.beatSeconds)
            StopSignal.install()

            let start: Trainer.Resume =
                switch resume {
                case "auto": .auto
                case "none": .none
                default: .checkpoint(resume)
                }
            let trainer = Trainer(configuration, folder: folder, world: world, log: log)
            let summary = try trainer.run(resume: start, stepLimit: steps)
            if world.rank == 0 {
                if json { try Console.json(summary) } else { Console.error(Self.sentence(summary, folder)) }
            }
            return summary.ending == .stopped ? .stopped : .done
        }
    }

    private func loadConfiguration(_ world: World) throws -> RunConfiguration {
        let overrides = overrides + (initial.map { ["model.weights=\($0)"] } ?? [])
        var configuration: RunConfiguration
        do {
            configuration =
                try config.map { try RunConfiguration.load(path: $0, overrides: overrides) }
                ?? RunConfiguration.load(yaml: "", source: "the defaults", overrides: overrides)
        } catch let error as ConfigurationError {
            throw CommandFailure(.usage, "\(error)")
        }
        if let maxHours { configuration.train.maxHours = maxHours }
        if deterministic && configuration.train.shards == 0 { configuration.train.shards = Self.usualShards }
        try world.communicator.requireSame(
            configuration.resolvedYAML().utf8, object: "the configuration",
            remedy: "give all ranks the same file and the same --set options")
        return configuration
    }

    /// Ranks of different builds would compute different things, or not understand each other.
    private func requireSameProgram(_ world: World) throws {
        guard world.size > 1 else { return }
        let program = try Data(contentsOf: URL(filePath: "/proc/self/exe"), options: .mappedIfSafe)
        try world.communicator.requireSame(
            program, object: "the program", remedy: "install the same build of blendway on all hosts")
    }

    /// Rank 0 makes the folder and locks it; then every rank has to see that.
    /// - Returns: the lock, on rank 0; to be kept until the end.
    private func prepare(_ folder: RunFolder, _ world: World) throws -> RunLock? {
        var lock: RunLock?
        if world.rank == 0 {
            try folder.prepare()
            lock = try RunLock(folder)
        }
        let text = try world.communicator.broadcast(Array((lock?.text ?? "").utf8), phase: "make the run folder")
        // A network file system may show another host's file some seconds late.
        let deadline = ContinuousClock.now + .seconds(10)
        var seen = RunLock.text(in: folder)
        while Array(seen.utf8) != text && ContinuousClock.now < deadline {
            usleep(200_000)
            seen = RunLock.text(in: folder)
        }
        guard Array(seen.utf8) == text else {
            throw CommandFailure(
                .failed,
                "\(world.hosts[world.rank]) does not see the run folder \(folder.path) that rank 0 made on "
                    + "\(world.hosts[0]); put --run-dir in a folder that all hosts share")
        }
        return lock
    }

    private static func sentence(_ summary: Trainer.Summary, _ folder: RunFolder) -> String {
        let state = "step \(summary.step) of \(summary.totalSteps), saved as \(summary.checkpoint)\n"
        return switch summary.ending {
        case .finished: "Finished at \(state)Report: \(folder.report)/index.html\n"
        case .stepLimit: "Ended at \(state)"
        case .stopped: "Stopped at \(state)Start the same command again to go on.\n"
        }
    }
}
