// TensorBoardTests.swift — a run's event files, read by TensorBoard's own reader.

import Foundation
import TestSupport
import Testing

extension JobTests {
    @Suite struct TensorBoardTests {
        /// A Python with the tensorboard package; nil where it can't be had.
        private static let python: String? = {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().path
            let result = try? run("\(root)/tools/python-env.sh", ["tensorboard"], timeout: 300)
            guard let result, result.status == 0 else { return nil }
            return result.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
        }()

        /// Prints, as JSON, every scalar's steps and values, and every picture's steps and sizes.
        private static let reader = """
            import json, sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0})
            events.Reload()
            tags = events.Tags()
            print(json.dumps({
                "scalars": {t: [[e.step, e.value] for e in events.Scalars(t)] for t in tags["scalars"]},
                "images": {t: [[e.step, e.width, e.height, e.encoded_image_string[:4].hex()]
                               for e in events.Images(t)] for t in tags["images"]}}))
            """

        private func read(_ folder: String) throws -> (scalars: [String: [[Double]]], images: [String: [[Any]]]) {
            let result = try run(try #require(Self.python), ["-c", Self.reader, folder], timeout: 120)
            try #require(result.status == 0, "\(result)")
            let object = try #require(
                JSONSerialization.jsonObject(with: Foundation.Data(result.stdout.utf8)) as? [String: Any])
            let scalars = try #require(object["scalars"] as? [String: [[Double]]])
            return (scalars, try #require(object["images"] as? [String: [[Any]]]))
        }

        @Test(.enabled(if: python != nil, "needs Python with the tensorboard package, which tools/python-env.sh could not install"))
        func tensorBoardReadsWhatTheRunLoggedAlsoAfterAKill() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun(
                    "\(folder)/run", ["train.checkpoint_every_steps=5", "train.picture_every_steps=4", "data.val=auto", "train.evaluate_every_epochs=5"])
                let job = try run.start(ranks: 2)
                #expect(job.waitUntil(timeout: 60) { run.lastLoggedStep >= 7 })
                _ = job.killAll()
                try run.finish(ranks: 2)

                let (scalars, images) = try read(run.folder)
                let metrics = try run.metrics()
                #expect(metrics.count == 20)
                let points = try #require(scalars["loss/total"])
                #expect(points.map { $0[0] } == (1...20).map(Double.init), "steps done again count once")
                for (point, record) in zip(points, metrics) {
                    #expect(abs(point[1] - (record["loss"] as! Double)) <= 1e-5 * abs(point[1]))
                }
                for tag in [
                    "loss/final", "learning_rate", "throughput/images_per_second", "wait/data", "wait/reduce",
                    "anchors/t_deepfake", "anchors/sigma", "anchors/separation_real_self_blended", "run/epoch",
                ] {
                    #expect(scalars[tag]?.isEmpty == false, "no \(tag) among \(scalars.keys.sorted())")
                }
                #expect(scalars["validation/frame_auc"]?.map { $0[0] } == [10, 20])
                let pictures = try #require(images["samples"])
                #expect(pictures.compactMap { $0[0] as? Int } == [1, 5, 9, 13, 17])
                // Three samples a rank and four anchors of 64 pixels; a PNG.
                #expect(pictures[0][1] as? Int == 256 && pictures[0][2] as? Int == 192 && pictures[0][3] as? String == "89504e47")
            }
        }

        @Test func withoutTensorBoardThereAreNoEventFiles() throws {
            try withTemporaryFolder { folder in
                let run = try TestRun("\(folder)/run", ["train.tensorboard=false"])
                try run.finish(["--steps", "1"])
                let names = try FileManager.default.contentsOfDirectory(atPath: run.folder)
                #expect(!names.contains { $0.contains("tfevents") })
            }
        }
    }
}
