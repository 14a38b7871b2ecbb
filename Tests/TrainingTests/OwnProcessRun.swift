// OwnProcessRun.swift — a training inside the test's own process: what only an insider sees of it, and in a tenth of
// the time that a program takes to start. One rank; what several ranks do is tested in LaunchTests.

import DistributedTraining
import Foundation
import Logging
import Store
import Synchronization
import TestSupport
import Testing
import Training

/// Tests that train in this process: there is one world, and what is seen of it must be of one run.
@Suite(.serialized) enum OwnProcessTests {}

/// The world of this process, and data for it.
enum OwnWorld {
    static let world = Result { try World.start() }

    /// train.h5 and val.h5: in each two people, six videos, 18 frames of 64 pixels. An epoch has twelve samples.
    static func data() throws -> String { try made.get() }

    private static let made = Result { () throws -> String in
        let folder = try makeTemporaryFolder()
        path.withLock { $0 = folder }
        atexit { OwnWorld.path.withLock { $0.map { try? FileManager.default.removeItem(atPath: $0) } } }
        let result = try run(
            builtProgram("blendway"),
            ["synth", "--out", folder, "--identities", "8", "--videos", "1", "--frames", "3", "--size", "64", "--seed", "3"])
        try #require(result.status == 0, "\(result)")
        return folder
    }

    private static let path = Mutex<String?>(nil)
}

/// What a run did, as far as a test may want to know.
struct OwnProcessRun {
    let folder: RunFolder
    let summary: Trainer.Summary
    /// By phase, the limits that it ran under.
    let limits: [String: Set<Double>]
    /// Names of threads that were there.
    let threads: Set<String>
    let log: [String]

    /// - Parameters:
    ///   - settings: `key=value`, on top of a small network on small data; later ones win.
    ///   - delay: seconds that a checkpoint's copy takes longer.
    init(
        _ path: String, _ settings: [String], steps: Int, resume: Trainer.Resume = .none, copying delay: Double = 0
    ) throws {
        let data = try OwnWorld.data()
        let configuration = try RunConfiguration.load(
            yaml: "",
            overrides: [
                "data.train=\(data)/train.h5", "data.val=\(data)/val.h5", "data.size=64", "data.global_batch=4",
                "model.arch=tiny", "model.feature_channels=16", "model.head_channels=8", "optimizer.lr=1e-2",
                "train.epochs=3", "train.threads=1", "train.log_every=1", "train.tensorboard=false",
            ] + settings)
        folder = RunFolder(path)
        try folder.prepare()
        let world = try OwnWorld.world.get()
        let messages = Messages()
        let trainer = Trainer(
            configuration, folder: folder, world: world, log: Logger(label: "test") { _ in messages })
        trainer.beforeCopying = { Thread.sleep(forTimeInterval: delay) }
        let observer = Observer(world.phases)
        defer { observer.stop() }
        summary = try trainer.run(resume: resume, stepLimit: steps)
        observer.stop()
        (limits, threads) = observer.seen
        log = messages.all
    }

    func contents() throws -> CheckpointContents { try Checkpoint.read(folder.checkpoints + "/latest.h5") }
    func checkpointSteps() throws -> [Int] { try CheckpointFolder(folder.checkpoints, role: .reader).steps() }

    func metrics() throws -> [[String: Any]] {
        try String(contentsOfFile: folder.metrics, encoding: .utf8).split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Foundation.Data($0.utf8)) as? [String: Any])
        }
    }

    func fileNames() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
}

/// Looks at the board and at the threads, many times a step.
private final class Observer: @unchecked Sendable {
    // Unchecked: what changes is guarded by `state`.
    private struct State {
        var limits: [String: Set<Double>] = [:]
        var threads: Set<String> = []
        var stopping = false
        var stopped = false
    }
    private let state = Mutex(State())

    var seen: (limits: [String: Set<Double>], threads: Set<String>) { state.withLock { ($0.limits, $0.threads) } }

    init(_ board: PhaseBoard) {
        Thread.detachNewThread { [self] in
            var round = 0
            while !state.withLock({ $0.stopping }) {
                let phases = board.snapshot.phases
                state.withLock { state in
                    for phase in phases { state.limits[phase.name, default: []].insert(phase.limit) }
                }
                if round % 100 == 0 {
                    let names = Self.threadNames()
                    state.withLock { $0.threads.formUnion(names) }
                }
                round += 1
                usleep(50)
            }
            state.withLock { $0.stopped = true }
        }
    }

    func stop() {
        state.withLock { $0.stopping = true }
        while !state.withLock({ $0.stopped }) { usleep(100) }
    }

    private static func threadNames() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []).compactMap {
            (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

/// Keeps what is logged.
private final class Messages: LogHandler, @unchecked Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
}
