// BadInputTests.swift — training with something wrong: a sentence, a code that is not zero, and nothing
// lost. Corrupted checkpoints are in ResumeTests, evaluation in EvalTests.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct BadInputTests {
        // MARK: Data files

        @Test func aMissingTruncatedOrForeignDatasetIsNamed() throws {
            try withTemporaryFolder { folder in
                func train(on data: String, ranks: Int = 0) throws -> ProcessResult {
                    try TestRun("\(folder)/run", ["data.train=\(data)"]).train(ranks: ranks)
                }
                try train(on: "\(folder)/none.h5").expectFailure(1, "none.h5: there is no such file", "check the path")
                try train(on: "\(folder)/none.h5", ranks: 2).expectFailure(1, "none.h5: there is no such file")
                try train(on: folder).expectFailure(65, "\(folder): this is a folder")

                let bytes = try Foundation.Data(contentsOf: URL(filePath: SmallWorld.file("train")))
                let damaged = "\(folder)/damaged.h5"
                try bytes.prefix(bytes.count / 2).write(to: URL(filePath: damaged))
                try train(on: damaged).expectFailure(65, "damaged.h5: the file is incomplete", "copy or make it again")
                try Foundation.Data().write(to: URL(filePath: damaged))
                try train(on: damaged, ranks: 2).expectFailure(65, "damaged.h5: the file is incomplete (it is empty)")
                try Foundation.Data("frames,labels\n".utf8).write(to: URL(filePath: damaged))
                try train(on: damaged).expectFailure(65, "damaged.h5: this is not an HDF5 file")

                let run = try TestRun("\(folder)/other")
                try run.finish(["--steps", "1"])
                try train(on: run.latest).expectFailure(65, "expected a blendway-dataset file")
            }
        }

        @Test func aDatasetWithoutFakesOrNeighboursSaysWhatItCanBeUsedFor() throws {
            try withTemporaryFolder { folder in
                let (reals, lonely) = ("\(folder)/reals.h5", "\(folder)/lonely.h5")
                try DatasetCopy(keeps: { !$0.isFake }).write(SmallWorld.file("train"), to: reals)
                try DatasetCopy(neighbours: false).write(SmallWorld.file("train"), to: lonely)

                try TestRun("\(folder)/a", ["data.train=\(reals)"]).train(ranks: 2)
                    .expectFailure(65, "reals.h5 holds no fake videos", "setting=bf-only")
                try TestRun("\(folder)/b", ["data.train=\(lonely)"]).train()
                    .expectFailure(65, "lonely.h5 has no neighbour index", "setting=df-only")
                // And what the sentences recommend works.
                try TestRun("\(folder)/c", ["data.train=\(reals)", "setting=bf-only"]).finish(["--steps", "1"])
                try TestRun("\(folder)/d", ["data.train=\(lonely)", "setting=df-only"]).finish(["--steps", "1"])
            }
        }

        @Test func fakesWithoutTheirRealVideoAreLeftOutWithACount() throws {
            try withTemporaryFolder { folder in
                let (some, all) = ("\(folder)/some.h5", "\(folder)/all.h5")
                let file = try DatasetFile(SmallWorld.file("train"))
                let fakes = file.videos.filter(\.isFake)
                let orphan = try #require(fakes.first)
                try DatasetCopy(orphans: { $0 == orphan }).write(file.path, to: some)
                try DatasetCopy(orphans: { $0.isFake }).write(file.path, to: all)
                let frames = (0..<file.frameCount).count { file.video(of: $0) == orphan }
                for ranks in [0, 2] {
                    let result = try TestRun("\(folder)/run\(ranks)", ["data.train=\(some)"])
                        .finish(ranks: ranks, ["--steps", "1", "--json"])
                    let left = try #require(try result.json()["left_out"] as? [String: Any])
                    #expect(left["without_target"] as? Int == 1 && left["frames"] as? Int == frames, "\(result)")
                    let said = "1 of \(fakes.count) fake videos (\(frames) frames) are left out of training"
                    #expect(result.stderr.components(separatedBy: said).count == 2, "\(result)")
                }
                try TestRun("\(folder)/none", ["data.train=\(all)"]).train(ranks: 2)
                    .expectFailure(65, "none of the \(fakes.count) fake videos", "setting=bf-only")
                try TestRun("\(folder)/bf", ["data.train=\(all)", "setting=bf-only"]).finish(["--steps", "1"])
            }
        }

        @Test func aFileWithoutLandmarksIsForEvaluationOnly() throws {
            try withTemporaryFolder { folder in
                let layout = try PublishedLayout("\(folder)/rgb", people: 3, frames: 2, size: 64)
                try FileManager.default.removeItem(atPath: "\(layout.root)/FaceForensics++/original_sequences/youtube/c23/landmarks")
                let data = "\(folder)/eval.h5"
                func importing(_ landmarks: String) throws -> ProcessResult {
                    try blendway([
                        "import", "deepfakebench", "--root", layout.root, "--json", layout.list, "--split", "train",
                        "--landmarks", landmarks, "--out", data, "--force",
                    ])
                }
                try importing("68").expectFailure(65, "--max-skipped")
                try importing("12").expectFailure(64, "68 or none")
                let made = try importing("none")
                #expect(made.status == 0 && made.stdout.contains("no landmarks: for evaluation only"), "\(made)")
                let inspected = try blendway(["inspect", data, "--verify"])
                #expect(inspected.status == 0 && inspected.stdout.contains("none: for evaluation only"), "\(inspected)")
                #expect(try blendway(["inspect", data, "--json"]).json()["neighbours"] == nil)

                let run = try TestRun("\(folder)/run")
                try run.finish(["--steps", "1"])
                let scored = try blendway(["eval", "--checkpoint", run.latest, "--data", data, "--json"])
                #expect(scored.status == 0, "\(scored)")
                try TestRun("\(folder)/a", ["data.train=\(data)"]).train().expectFailure(65, "eval.h5 has no landmarks")
                try TestRun("\(folder)/b", ["data.train=\(data)", "setting=bf-only"]).train(ranks: 2)
                    .expectFailure(65, "eval.h5 has no landmarks")
                try blendway(["neighbours", data]).expectFailure(65, "has no landmarks")
                try blendway(["preview", data, "--out", "\(folder)/x.png"]).expectFailure(65, "has no landmarks")
                let merged = try blendway(["merge", data, "--out", "\(folder)/merged.h5"])
                #expect(merged.status == 0, "\(merged)")
            }
        }

        @Test func oneAndTheSamePersonIsNamedAsTheReason() throws {
            try withTemporaryFolder { folder in
                let file = try DatasetFile(SmallWorld.file("train"))
                let person = try #require(file.videos.first { !$0.isFake }).identity
                let alone = "\(folder)/alone.h5"
                try DatasetCopy(keeps: { !$0.isFake && $0.identity == person }, neighbours: false).write(file.path, to: alone)
                try TestRun("\(folder)/a", ["data.train=\(alone)", "setting=bf-only"]).train()
                    .expectFailure(65, "all real faces in \(alone) are one person's ('\(person)')", "blendway merge")
                try blendway(["neighbours", alone]).expectFailure(65, "all real faces in \(alone) are one person's")
            }
        }

        // MARK: Bad samples

        /// The landmarks of one real frame, which two of the 12 samples use, lie far outside.
        private func withBadLandmarks(_ body: (String, String) throws -> Void) throws {
            try withTemporaryFolder { folder in
                let data = "\(folder)/bad.h5"
                let file = try DatasetFile(SmallWorld.file("train"))
                let bad = try #require((0..<file.frameCount).first { !file.video(of: $0).isFake })
                try DatasetCopy(landmarks: { $0 == bad ? $1.map { $0 + 1e5 } : $1 }).write(file.path, to: data)
                try body(folder, data)
            }
        }

        @Test func badLandmarksAreQuarantinedAndCountedOnAnyRankCount() throws {
            try withBadLandmarks { folder, data in
                var counts: [[Int]] = []
                for ranks in [1, 2] {
                    let run = try TestRun("\(folder)/\(ranks)", ["data.train=\(data)", "data.quarantine_limit=0.5"])
                    let result = try run.finish(ranks: ranks, ["--json"])
                    #expect(try result.json()["quarantined"] as? Int == 20, "two in each of ten epochs")
                    counts.append(try run.metrics().compactMap { $0["quarantined"] as? Int })

                    let reports = try lines(of: "\(run.folder)/errors/quarantine.jsonl").map {
                        try #require(JSONSerialization.jsonObject(with: Foundation.Data($0.utf8)) as? [String: Any])
                    }
                    #expect(reports.count == 20)
                    let page = try String(contentsOfFile: "\(run.folder)/report/index.html", encoding: .utf8)
                    for part in ["Samples left out", "<td>10</td>", "nowhere near the picture", "built-in world"] {
                        #expect(page.contains(part), "\(part)")
                    }
                    #expect(Set(reports.compactMap { $0["sample"] as? Int }).count == 2)
                    #expect(Set(reports.compactMap { $0["epoch"] as? Int }) == Set(0..<10))
                    for report in reports {
                        #expect((report["reason"] as? String)?.contains("nowhere near the picture") == true)
                        #expect((report["video"] as? String)?.isEmpty == false && report["frame"] is Int)
                    }
                }
                #expect(counts[0] == counts[1] && counts[0].last == 20, "\(counts)")
            }
        }

        @Test func tooManyBadSamplesEndTheRunOnAllRanks() throws {
            try withBadLandmarks { folder, data in
                // A hundred samples are seen first: the 17th step.
                let run = try TestRun("\(folder)/run", ["data.train=\(data)", "train.checkpoint_every_steps=5"])
                try run.train(ranks: 2).expectFailure(
                    65, "of 102 samples could not be used", "data.quarantine_limit 0.01", "errors/quarantine.jsonl")
                #expect(FileManager.default.fileExists(atPath: run.checkpoint(16)), "what was done is saved")
                let page = try String(contentsOfFile: "\(run.folder)/report/index.html", encoding: .utf8)
                #expect(page.contains("Samples left out"))
                // A higher limit, and the run goes on.
                try run.finish(ranks: 2, ["--set", "data.quarantine_limit=0.5"])
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        // MARK: Settings

        @Test func wrongSettingsAreNamedWithWhatWouldBeRight() throws {
            try withTemporaryFolder { folder in
                func train(_ settings: String..., ranks: Int = 0) throws -> ProcessResult {
                    try TestRun("\(folder)/run", settings).train(ranks: ranks)
                }
                try train("optimiser.lr=1").expectFailure(64, "there is no setting optimiser", "nearest is optimizer")
                try train("data.globalbatch=4", ranks: 2).expectFailure(64, "the nearest is data.global_batch")
                try train("optimizer.lr=fast").expectFailure(64, "optimizer.lr is \"fast\", but must be a number")
                try train("model.arch=resnet").expectFailure(64, "model.arch", "efficientnet-b4")
                try train("train.epochs=0").expectFailure(64, "train.epochs is 0, but must be at least 1")
                try train("data.train=").expectFailure(64, "data.train isn't set", "--set data.train=")
                try train("data.global_batch=2", ranks: 3)
                    .expectFailure(64, "data.global_batch is 2 for 3 ranks", "start at most 2 ranks")

                let yaml = "\(folder)/run.yaml"
                try "train:\n  epochs: 2\n  sed: 3\n".write(toFile: yaml, atomically: true, encoding: .utf8)
                try blendway(["train", "--config", yaml, "--run-dir", "\(folder)/run"])
                    .expectFailure(64, "run.yaml:3: there is no setting train.sed; the nearest is train.seed")
                try blendway(["train", "--config", "\(folder)/none.yaml", "--run-dir", "\(folder)/run"])
                    .expectFailure(64, "none.yaml can't be read: there is no such file")
                #expect(try blendway(["train"]).status == 64)
                #expect(try TestRun("\(folder)/run").train(["--steps", "0"]).status == 64)
            }
        }

        // MARK: The run folder

        @Test func aFileInTheWayOfTheRunFolderIsNamed() throws {
            try withTemporaryFolder { folder in
                let path = "\(folder)/run"
                try "mine".write(toFile: path, atomically: true, encoding: .utf8)
                try TestRun(path).train(ranks: 2).expectFailure(1, "the run folder \(path) cannot be used")
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
            }
        }

        @Test(.enabled(if: getuid() != 0 || Privileges.canBeDropped, "needs an ordinary user, or setpriv for root"))
        func aFolderWithoutPermissionIsNamed() throws {
            try withTemporaryFolder { folder in
                let path = "\(folder)/closed"
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o555])
                let run = try TestRun("\(path)/run")
                let program = try builtProgram("blendway")
                let result =
                    getuid() != 0
                    ? try run.train()
                    : try TestSupport.run("setpriv", Privileges.dropped + [program] + run.arguments())
                result.expectFailure(1, "the run folder \(path)/run cannot be used: Permission denied")
            }
        }

        @Test(.enabled(if: SmallDisk.canBeMade, "a full disk needs the right to mount one"))
        func aFullDiskEndsTheRunAndTheOlderCheckpointIsIntact() throws {
            try withTemporaryFolder { folder in
                // Room for one checkpoint of nearly 3 MB and a part of the next.
                let disk = try #require(SmallDisk("\(folder)/disk", megabytes: 5))
                defer { disk.unmount() }
                let run = try TestRun("\(folder)/disk/run", ["train.checkpoint_every_steps=5"])
                try run.train(ranks: 2)
                    .expectFailure(1, "step-00000010.h5: the disk or the quota is full", "free space")
                let inspected = try blendway(["inspect", run.latest, "--json"])
                #expect(inspected.status == 0, "\(inspected)")
                #expect((try inspected.json()["checkpoint"] as? [String: Any])?["step"] as? Int == 5)

                // With room again it goes on from there.
                disk.resize(megabytes: 64)
                let resumed = try run.finish(ranks: 2)
                #expect(resumed.stderr.contains("step 5"), "\(resumed)")
                #expect(try run.loggedSteps() == Array(1...20))
            }
        }

        // MARK: Checkpoints of something else

        @Test func aCheckpointOfAnotherNetworkIsRefused() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run")
                try run.finish(["--steps", "1"])
                let before = try Foundation.Data(contentsOf: URL(filePath: run.latest))
                let wider = ["--set", "model.feature_channels=24"]
                try run.train(ranks: 2, wider)
                    .expectFailure(64, "is of another network", "[16", "not [24", "as in the checkpoint's own configuration", "--run-dir")
                try run.train(["--set", "setting=vht"]).expectFailure(64, "is of another network")
                try run.train(["--set", "optimizer.name=sgd"]).expectFailure(64, "optimizer/")
                #expect(try Foundation.Data(contentsOf: URL(filePath: run.latest)) == before)

                // A checkpoint whose arrays are not those of its own configuration, for evaluation.
                var contents = try Checkpoint.read(run.latest)
                contents.config = contents.config.replacingOccurrences(
                    of: "feature_channels: 16", with: "feature_channels: 24")
                let changed = "\(folder)/changed.h5"
                try Checkpoint.write(contents, to: changed)
                try blendway(["eval", "--checkpoint", changed, "--data", SmallWorld.file("val"), "--json"])
                    .expectFailure(64, "changed.h5", "is of another network")
            }
        }

        // MARK: Numbers that are not finite

        @Test func stepsThatAreNotFiniteAreSkippedByAllRanksAndEndTheRunWhenTheyGoOn() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(
                    folder,
                    [
                        "optimizer.lr=1e30", "train.checkpoint_every_steps=2", "train.non_finite_limit=6",
                        // Validation meets the same weights, and must not end the run before the count does.
                        "data.val=auto",
                    ])
                try run.train(ranks: 2).expectFailure(
                    1, "all ranks skip the update", "was not finite in 6 steps in a row, up to step", "Lower optimizer.lr")

                let metrics = try run.metrics()
                let skipped = metrics.compactMap { $0["skipped_steps"] as? Int }
                #expect(skipped.first == 0 && skipped.last == 5, "\(skipped)")
                #expect(metrics.last?["loss"] is NSNull)

                // Weights are of the last step that was done; nothing that is not finite was kept.
                let contents = try Checkpoint.read(run.latest)
                #expect(contents.integers["skipped_in_row"]! > 0)
                for (name, array) in contents.arrays {
                    let isFinite =
                        switch array.values {
                        case .float32(let values): values.allSatisfy(\.isFinite)
                        case .float64(let values): values.allSatisfy(\.isFinite)
                        }
                    #expect(isFinite, "\(name)")
                }
            }
        }
    }
}

/// A file system of a few megabytes, for tests that fill it.
private struct SmallDisk {
    let path: String

    init?(_ path: String, megabytes: Int) {
        self.path = path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let mounted = try? run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
        guard mounted?.status == 0 else { return nil }
    }

    func resize(megabytes: Int) { _ = try? run("mount", ["-o", "remount,size=\(megabytes)m", path]) }

    func unmount() { _ = try? run("umount", ["-l", path]) }

    static let canBeMade: Bool = {
        guard getuid() == 0 else { return false }
        return (try? withTemporaryFolder { folder in
            guard let disk = SmallDisk("\(folder)/disk", megabytes: 1) else { return false }
            disk.unmount()
            return true
        }) ?? false
    }()
}

/// How root starts a program that may do no more than an ordinary user.
private enum Privileges {
    static let dropped = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    /// And whether such a user gets at the program.
    static let canBeDropped = (try? run("setpriv", dropped + [builtProgram("blendway"), "--version"]))?.status == 0
}
