// GoldenFileTests.swift — files of releases past are read by every later one, with the same content and results.
//
// Tests/GoldenFiles/make.sh wrote them, once, with that release's own program. They never change; a release whose
// formats differ adds its own.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct GoldenFileTests {
        struct Release: Sendable {
            var folder: String
            /// Content hashes, as that release printed them.
            var hashes: [String: String]
            /// Of the checkpoint on `judged`: method, video, score.
            var scores: [(method: String, video: String, score: Double)]
            /// The checkpoint's step, and the settings that resume it.
            var step: Int
            var settings: [String]
        }

        static let releases = [
            Release(
                folder: "release-0.1",
                hashes: [
                    "checkpoint": "3dfa229c84c9920caf0617442f5aaeaaa8ca26f765edc9d86a9d5c01b962ca87",
                    "dataset": "bf86bb2fb8248861d5b9e3f547380df9dd809f1fdf98d6bc87e7ba8cd813d1ce",
                    "judged": "b09ab08be1e9910a97604c2d4ff82d35e8f146edd6d0b6e07f10d6356acb5d20",
                    // Computed by Python.
                    "h5py": "499563d210e8742c6cdbe0e194c03afdb5b66bd52681d974787f40fdede85506",
                ],
                scores: [
                    ("original", "004", 0.8571613915897548), ("original", "005", 0.43064867567735404),
                    ("decoder", "004_005", 0.8763814443353821), ("decoder", "005_004", 0.5005912346978373),
                    ("bilinear", "004_005", 0.9024046522257362), ("bilinear", "005_004", 0.4814491590511442),
                ],
                step: 12,
                settings: [
                    "setting=prodet", "data.val=null", "data.size=32", "data.global_batch=3", "model.arch=tiny",
                    "model.feature_channels=8", "model.head_channels=4", "model.batch_norm.momentum=0.5",
                    "optimizer.name=sgd", "optimizer.lr=3e-2", "optimizer.clip_norm=1", "train.epochs=12",
                    "train.log_every=1", "train.threads=1",
                ])
        ]

        /// A release's files, unpacked.
        private func unpacked(_ release: Release, _ body: (String) throws -> Void) throws {
            try withTemporaryFolder { folder in
                for name in release.hashes.keys {
                    let packed = "\(packageFolder)/Tests/GoldenFiles/\(release.folder)/\(name).h5.gz"
                    let result = try TestSupport.run(
                        "sh", ["-c", "gzip -dc \"$1\" >\"$2\"", "sh", packed, "\(folder)/\(name).h5"], timeout: 30)
                    try #require(result.status == 0, "\(result)")
                }
                try body(folder)
            }
        }

        @Test(arguments: releases.indices) func theirContentIsWhatItWas(release: Int) throws {
            let release = Self.releases[release]
            try unpacked(release) { folder in
                for (name, hash) in release.hashes {
                    let result = try blendway(["inspect", "\(folder)/\(name).h5", "--verify", "--json"])
                    try #require(result.status == 0, "\(result)")
                    let json = try result.json()
                    #expect(json["content_hash"] as? String == hash && json["verified"] as? Bool == true, "\(name): \(json)")
                }
                let file = try DatasetFile("\(folder)/h5py.h5")
                #expect(file.frameCount == 8 && file.landmarkCount == 68 && file.videos.count == 4)
                #expect(file.videos[1].name == "björn, 2" && file.videos[3].target == 1 && file.videos[3].isFake)
                #expect(file.frameIndices == [0, 7, 0, 7, 0, 7, 0, 7])
                // Frame n of make_h5py.py at column x, row y and channel c.
                func pixel(_ n: Int, _ x: Int, _ y: Int, _ c: Int) -> UInt8 {
                    UInt8((x * (3 + n) + y * (5 + 2 * n) + c * 40 + n * 11) % 256)
                }
                for frame in 0..<8 {
                    let image = try file.readImage(frame)
                    for (x, y, c) in [(0, 0, 0), (31, 0, 1), (0, 31, 2), (17, 5, 0)] {
                        #expect(image[(y * 32 + x) * 3 + c] == pixel(frame, x, y, c), "frame \(frame)")
                    }
                }
                #expect(abs(file.landmarks[0] - 25) < 1e-5 && abs(file.landmarks[1] - 16) < 1e-5)
                #expect(file.neighbours?.neighbours(of: 0).allSatisfy { $0 == 2 || $0 == 3 } == true)
            }
        }

        @Test(arguments: releases.indices) func theirDetectorScoresAsItDid(release: Int) throws {
            let release = Self.releases[release]
            try unpacked(release) { folder in
                let videos = try Judged("\(folder)/checkpoint.h5", "\(folder)/judged.h5").videoScores()
                #expect(videos.count == release.scores.count)
                for expected in release.scores {
                    let video = try #require(videos.first { $0.method == expected.method && $0.name == expected.video })
                    // Products round differently on another processor.
                    #expect(abs(video.score - expected.score) < 1e-4, "\(video), not \(expected)")
                }
            }
        }

        @Test(arguments: releases.indices) func theirRunGoesOn(release: Int) throws {
            let release = Self.releases[release]
            try unpacked(release) { folder in
                var run = try TestRun("\(folder)/run")
                run.settings = release.settings + ["data.train=\(folder)/dataset.h5"]
                let result = try run.finish(["--resume", "\(folder)/checkpoint.h5", "--steps", "\(release.step + 2)"])
                #expect(result.stderr.contains("step \(release.step)"), "\(result)")
                #expect(try run.loggedSteps() == [release.step + 1, release.step + 2])

                // Where gradients count nothing, its momentum alone moves the weights.
                var rolling = try TestRun("\(folder)/rolling")
                rolling.settings = run.settings + ["optimizer.clip_norm=1e-12", "optimizer.weight_decay=0"]
                try rolling.finish(["--resume", "\(folder)/checkpoint.h5", "--steps", "\(release.step + 1)"])
                let before = try Checkpoint.read("\(folder)/checkpoint.h5")
                let (weights, momentum) = (try Weights(before, "model"), try Weights(before, "optimizer/momentum"))
                let expected = weights.combined(with: momentum) { $0 - 0.03 * 0.9 * $1 }
                let after = try Weights(rolling.latest, "model")
                #expect(after.largestDifference(to: expected) < 1e-6 && after.distance(to: weights) > 1e-3)
            }
        }
    }
}
