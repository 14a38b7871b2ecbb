// SampleRun.swift — a made-up run for the tests: losses fall, anchors part.

import Foundation
import Metrics
import Report

enum SampleRun {
    static func records(_ count: Int = 60) -> [IntervalRecord] {
        (1...count).map { place in
            let progress = Double(place) / Double(count)
            let wobble = sin(Double(place) * 1.7) * 0.05
            let spread = 1 - exp(-3 * progress)
            return IntervalRecord(
                step: place * 10, epoch: place * 10 / 150,
                loss: 2.9 * exp(-2 * progress) + 0.4 + wobble,
                losses: [
                    "final": 0.69 * exp(-2 * progress) + 0.05 + wobble / 4,
                    "blending": 0.69 * exp(-1.5 * progress) + 0.08,
                    "identity": 0.69 * exp(-1 * progress) + 0.1 + wobble / 6,
                    "generation": 0.69 * exp(-1.2 * progress) + 0.02,
                    "transition": 0.3 * exp(-4 * progress) + 0.01,
                    "orientation": 1.4 * exp(-2 * progress),
                ],
                anchors: .init(
                    t: [0, spread * 1.1 + wobble, spread * 2.3 - wobble, spread * 3.6],
                    sigma: 0.8 - 0.3 * progress),
                learningRate: place < 6
                    ? 2e-4 * Double(place) / 6 : 2e-4 * (0.5 + 0.5 * cos(.pi * progress)),
                imagesPerSecond: 41 + wobble * 30, dataWait: 0.02 + abs(wobble) / 4,
                reduceWait: 0.08 + abs(wobble) / 2, rssMB: 2400, worldSize: 4,
                quarantined: 2, skippedSteps: 1)
        }
    }

    static func evaluation() throws -> Evaluation {
        var videos: [VideoKey] = []
        var frames: [FrameScore] = []
        func add(_ dataset: String, _ method: String, fake: Bool, shift: Double) {
            for name in 0..<12 {
                videos.append(VideoKey(dataset: dataset, method: method, name: "\(name)"))
                for frame in 0..<8 {
                    let noise = sin(Double(videos.count * 37 + frame * 101)) * 0.3
                    frames.append(
                        FrameScore(
                            score: min(1, max(0, 0.5 + shift + noise)), isFake: fake,
                            video: videos.count - 1, frame: frame))
                }
            }
        }
        add("FF++", "original", fake: false, shift: -0.2)
        add("FF++", "Deepfakes", fake: true, shift: 0.25)
        add("FF++", "Face2Face", fake: true, shift: 0.12)
        add("FF++", "NeuralTextures", fake: true, shift: 0)
        add("Celeb-DF-v2", "real", fake: false, shift: -0.1)
        add("Celeb-DF-v2", "synthesis", fake: true, shift: 0.1)
        add("in the <wild>", "unknown", fake: true, shift: 0.2)
        return try Evaluation(
            frames: frames, videos: videos,
            protocols: [
                "FF++": EvaluationProtocol(contentHash: "9f31c2d0a4", split: "test", frames: 32),
                "Celeb-DF-v2": EvaluationProtocol(
                    contentHash: "77ab01ee52", split: "test", frames: 32),
            ])
    }

    static func report() throws -> RunReport {
        RunReport(
            title: "ProDet on FF++ & co", records: records(), evaluations: [try evaluation()],
            provenance: [
                "version": "0.1.0", "commit": "e1adb0e", "hosts": "2", "seed": "1",
                "command": "mpirun -n 4 blendway train <config.yaml>",
            ])
    }
}
