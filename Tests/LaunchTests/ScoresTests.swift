// ScoresTests.swift — a frame has one score, whoever is asked: eval, predict, and onnxruntime with what export wrote.

import Foundation
import Store
import TestSupport
import Testing

extension JobTests {
    @Suite struct ScoresTests {
        private static let onnxruntime = python(with: ["onnxruntime", "numpy"])

        /// A detector that knows its training set, so that its scores lie far apart.
        private static let learned = Result { () throws -> TestRun in
            let run = try TestRun("\(SmallWorld.folder())/learned", LearningTests.settings + ["setting=df-only"])
            try run.finish()
            return run
        }

        /// Predict's scores in the dataset's order, by (video, frame).
        private func predicted(_ file: DatasetFile, _ checkpoint: String) throws -> [Double] {
            let result = try blendway(["predict", "--checkpoint", checkpoint, file.path, "--threads", "1", "--json"])
            try #require(result.status == 0, "\(result)")
            let faces = try #require(result.json()["faces"] as? [[String: Any]])
            var scores: [String: Double] = [:]
            for face in faces {
                let (video, frame) = (try #require(face["video"] as? String), try #require(face["frame"] as? Int))
                scores["\(video) \(frame)"] = try #require(face["score"] as? Double)
            }
            return try (0..<file.frameCount).map { frame in
                let video = file.video(of: frame)
                return try #require(scores["\(file.path):\(video.method)/\(video.name) \(file.frameIndices[frame])"], "\(scores)")
            }
        }

        /// Every fake beside every real one.
        private func auc(_ scores: [(score: Double, isFake: Bool)]) -> Double {
            let (fakes, reals) = (scores.filter(\.isFake), scores.filter { !$0.isFake })
            let wins = fakes.map { fake in
                reals.map { fake.score > $0.score ? 1 : fake.score == $0.score ? 0.5 : 0 }.reduce(0, +)
            }.reduce(0, +)
            return wins / Double(fakes.count * reals.count)
        }

        @Test(arguments: ["train", "test-unseen"]) func evaluationHasPredictionsScoresAndTheirMeasures(split: String) throws {
            let run = try Self.learned.get()
            let file = try DatasetFile(SmallWorld.file(split))
            let frames = try predicted(file, run.latest)
            let judged = try Judged(run.latest, file.path)
            let labelled = frames.enumerated().map { (score: $1, isFake: file.video(of: $0).isFake) }
            let frameAUC = try judged.measure("frame_auc")
            #expect(abs(frameAUC - auc(labelled)) < 1e-12)
            let right = labelled.filter { ($0.score > 0.5) == $0.isFake }.count
            let accuracy = try judged.measure("frame_accuracy")
            #expect(abs(accuracy - Double(right) / Double(frames.count)) < 1e-12)

            let videos = try judged.videoScores()
            #expect(videos.count == file.videos.count)
            for (number, row) in file.videos.enumerated() {
                let own = frames.indices.filter { file.frameVideos[$0] == number }.map { frames[$0] }
                let video = try #require(videos.first { $0.method == row.method && $0.name == row.name })
                #expect(video.isFake == row.isFake)
                #expect(abs(video.score - own.reduce(0, +) / Double(own.count)) < 1e-6, "\(video)")
            }
            let videoAUC = try judged.measure("video_auc")
            #expect(abs(videoAUC - auc(videos.map { ($0.score, $0.isFake) })) < 1e-12)
            let spread = try #require(frames.max()) - #require(frames.min())
            #expect(spread > 0.2, "scores that are all alike compare nothing: \(frames)")
        }

        @Test(.enabled(if: onnxruntime != nil, "needs a Python with onnxruntime; see tools/python-env.sh"))
        func onnxruntimeScoresEachFrameAlike() throws {
            let run = try Self.learned.get()
            try withTemporaryFolder { folder in
                let file = try DatasetFile(SmallWorld.file("train"))
                let model = "\(folder)/detector.onnx"
                let exported = try blendway(["export", "--checkpoint", run.latest, "--format", "onnx", "--out", model])
                try #require(exported.status == 0, "\(exported)")
                var pixels = Foundation.Data()
                for frame in 0..<file.frameCount { pixels += try file.readImage(frame) }
                try pixels.write(to: URL(fileURLWithPath: "\(folder)/pixels"))
                let result = try TestSupport.run(
                    #require(Self.onnxruntime),
                    [
                        "-c",
                        """
                        import sys, numpy as np, onnxruntime
                        images = np.fromfile(sys.argv[2], np.uint8).reshape(-1, 64, 64, 3).transpose(0, 3, 1, 2)
                        images = (images / np.float32(127.5) - 1).astype(np.float32)
                        score, = onnxruntime.InferenceSession(sys.argv[1]).run(["score"], {"images": images})
                        print(*(repr(float(s)) for s in score))
                        """, model, "\(folder)/pixels",
                    ], timeout: 120)
                try #require(result.status == 0, "\(result)")
                let theirs = result.stdout.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
                let ours = try predicted(file, run.latest)
                try #require(theirs.count == ours.count)
                for (a, b) in zip(ours, theirs) { #expect(abs(a - b) < 1e-4, "\(a) \(b)") }
            }
        }
    }
}
