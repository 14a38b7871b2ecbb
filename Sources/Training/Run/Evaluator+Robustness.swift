// Evaluator+Robustness.swift — a dataset scored once as it is and once per perturbation and level.

import Data
import DistributedTraining
import Metrics
import Store

extension Evaluator {
    /// Seed of the perturbations' draws: one for all evaluations, so that all detectors see the same
    /// damage.
    static let perturbationSeed: UInt64 = 1

    /// The measures under every perturbation at every level; nil on all ranks but 0. Collective.
    ///
    /// Cost: 26 times that of scoring the frames.
    /// - Parameters:
    ///   - framesPerVideo: frames of each video that take part, evenly over it; 0 is all.
    ///   - progress: told of perturbations done, of all.
    func robustness(
        _ file: DatasetFile, framesPerVideo: Int, progress: (Int, Int) -> Void
    ) throws -> Robustness? {
        try Self.requireSquare(file)
        let frames = Self.frames(of: file, perVideo: framesPerVideo)
        let object = file.path
        let clean = try judge(frames.count, of: object, features: true) {
            try FrameReader.read(frames[$0], of: file, size: $1).image
        }
        let all = Perturbation.all
        var results: [PerturbedResult] = []
        for (place, perturbation) in all.enumerated() {
            progress(place, all.count)
            let judged = try judge(frames.count, of: "\(object) with \(perturbation.kind.name)", features: true) {
                let frame = frames[$0]
                return try perturbation.apply(
                    to: FrameReader.read(frame, of: file, size: $1).image, seed: Self.perturbationSeed,
                    sample: frame)
            }
            guard let clean, let judged else { continue }
            // A frame that cannot be read is so under every perturbation.
            let kept = Array(Set(clean.kept).intersection(judged.kept)).sorted()
            let measures = try Self.measures(file, frames, judged.scores, kept)
            results.append(
                PerturbedResult(
                    name: perturbation.kind.name, level: perturbation.level, amount: perturbation.amount,
                    unit: perturbation.kind.unit, frameAUC: measures?.frame.auc, videoAUC: measures?.video.auc,
                    distance: FeatureDistance.relative(
                        features: features(clean, kept), perturbed: features(judged, kept),
                        dimension: featureDimension)))
        }
        guard let clean else { return nil }
        let measures = try Self.measures(file, frames, clean.scores, clean.kept)
        return Robustness(
            frames: clean.kept.count, cleanFrameAUC: measures?.frame.auc, cleanVideoAUC: measures?.video.auc,
            perturbations: results)
    }

    /// So many frames of each video, evenly over it, in the file's order; 0 is all.
    static func frames(of file: DatasetFile, perVideo count: Int) -> [Int] {
        guard count > 0 else { return Array(0..<file.frameCount) }
        var byVideo: [Int32: [Int]] = [:]
        for frame in 0..<file.frameCount { byVideo[file.frameVideos[frame], default: []].append(frame) }
        return byVideo.values.flatMap { frames in
            (0..<min(count, frames.count)).map { frames[$0 * frames.count / min(count, frames.count)] }
        }.sorted()
    }

    /// [kept, D]
    private func features(_ judged: Judged, _ kept: [Int]) -> [Float] {
        kept.flatMap { judged.features[$0 * featureDimension..<($0 + 1) * featureDimension] }
    }

    private static func measures(
        _ file: DatasetFile, _ frames: [Int], _ scores: [Double], _ kept: [Int]
    ) throws -> Measures? {
        let videos = file.videos.map { VideoKey(dataset: "data", method: $0.method, name: $0.name) }
        let scored = kept.map { place in
            let frame = frames[place]
            return FrameScore(
                score: scores[place], isFake: file.video(of: frame).isFake, video: Int(file.frameVideos[frame]),
                frame: Int(file.frameIndices[frame]))
        }
        return try Evaluation(frames: scored, videos: videos).result.datasets.first?.measures
    }
}
