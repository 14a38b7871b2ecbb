// TrainTestSupport.swift — a run of `blendway train` as a test needs it: small data, a small network,
// and what the run left behind.

import Foundation
import Store
import TestSupport
import Testing

/// Tests that start MPI jobs, one after the other: together they would fight for the cores.
@Suite(.serialized) enum JobTests {}

/// The built-in dataset in its smallest size, made once for all tests of this process: in each split
/// two people, six videos and 18 frames of 64 pixels. An epoch has 12 samples.
enum SmallWorld {
    static func file(_ split: String) throws -> String { try "\(folder())/\(split).h5" }

    /// Where it lies; also for what tests share, as it goes when the process ends.
    static func folder() throws -> String { try made.get() }

    private static let made = Result { () throws -> String in
        let folder = try makeTemporaryFolder()
        path = folder
        atexit { SmallWorld.path.map { try? FileManager.default.removeItem(atPath: $0) } ?? () }
        let result = try blendway(
            ["synth", "--out", folder, "--identities", "8", "--videos", "1", "--frames", "3", "--size", "64", "--seed", "3"])
        try #require(result.status == 0, "\(result)")
        return folder
    }

    /// Written once, before the process ends.
    nonisolated(unsafe) private static var path: String?
}

/// A run folder and the settings that every start of it has.
struct TestRun {
    let folder: String
    /// `key=value`; later ones win.
    var settings: [String]

    /// Two steps an epoch, 20 in all.
    init(_ folder: String, _ settings: [String] = []) throws {
        self.folder = folder
        self.settings =
            [
                "data.train=\(try SmallWorld.file("train"))", "data.val=null", "data.size=64",
                "data.global_batch=6",
                "model.arch=tiny", "model.feature_channels=16", "model.head_channels=8",
                "train.epochs=10", "train.log_every=1", "train.threads=1",
            ] + settings
    }

    func arguments(_ more: [String] = []) -> [String] {
        ["train", "--run-dir", folder] + settings.flatMap { ["--set", $0] } + more
    }

    /// Starts it on `ranks` ranks, with 0 without mpirun.
    func start(ranks: Int, _ more: [String] = []) throws -> RunningProcess {
        let program = try builtProgram("blendway")
        return ranks == 0
            ? try RunningProcess(program, arguments(more))
            : try startUnderMPI(ranks: ranks, executable: program, arguments: arguments(more))
    }

    func train(ranks: Int = 0, _ more: [String] = []) throws -> ProcessResult {
        try start(ranks: ranks, more).wait(timeout: 180)
    }

    /// As `train`, for starts that must end well.
    @discardableResult
    func finish(ranks: Int = 0, _ more: [String] = []) throws -> ProcessResult {
        let result = try train(ranks: ranks, more)
        try #require(result.status == 0, "\(result)")
        return result
    }

    var latest: String { "\(folder)/checkpoints/latest.h5" }
    func checkpoint(_ step: Int) -> String { "\(folder)/checkpoints/step-\(String(format: "%08d", step)).h5" }

    /// The records of metrics.jsonl.
    func metrics() throws -> [[String: Any]] {
        try lines(of: "\(folder)/metrics.jsonl").map {
            try #require(JSONSerialization.jsonObject(with: Foundation.Data($0.utf8)) as? [String: Any])
        }
    }

    func loggedSteps() throws -> [Int] { try metrics().compactMap { $0["step"] as? Int } }

    /// The steps that have a line so far, while it runs.
    var lastLoggedStep: Int { ((try? loggedSteps()) ?? []).last ?? 0 }
}

/// The lines of a text file.
func lines(of path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
}

/// What `blendway compare --json` says of two checkpoints.
func compare(_ a: String, _ b: String) throws -> [String: Any] {
    let result = try blendway(["compare", a, b, "--json"])
    try #require(result.status == 0, "\(result)")
    return try result.json()
}

/// Expects that two runs ended with the same checkpoint: the same content, and the same bytes.
func expectSameEnd(_ a: TestRun, _ b: TestRun, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let comparison = try compare(a.latest, b.latest)
    #expect(comparison["identical"] as? Bool == true, "\(comparison)", sourceLocation: sourceLocation)
    #expect(
        FileManager.default.contentsEqual(atPath: a.latest, andPath: b.latest), "files differ in bytes",
        sourceLocation: sourceLocation)
}

extension ProcessResult {
    /// Expects an end with `status` and a sentence with all of `parts`, and no trace of a crash.
    func expectFailure(_ status: Int32, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, "\(self)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(stderr.contains(part), "no '\(part)' in \(self)", sourceLocation: sourceLocation)
        }
        for trace in ["Fatal error", "Crash", "signal 11", "signal 6", "HDF5-DIAG"] {
            #expect(!stderr.contains(trace), "\(self)", sourceLocation: sourceLocation)
        }
        #expect(stdout.isEmpty, "\(self)", sourceLocation: sourceLocation)
    }
}
