// Evaluator+Measures.swift — from scored datasets to an evaluation: the measures over the frames that were judged,
// and a word on those that were not.

import Data
import Metrics
import Store

extension Evaluator {
    /// A dataset with its frames' scores, under the name that results call it.
    public struct Scored {
        public var name: String
        public var file: DatasetFile
        public var judged: Judged

        /// For results: the frames that could not be read.
        var leftOut: [LeftOutFrame] {
            judged.leftOut.map { picture in
                let video = file.video(of: picture.number)
                return LeftOutFrame(
                    method: video.method, video: video.name, frame: Int(file.frameIndices[picture.number]),
                    source: video.source, reason: picture.reason)
            }
        }
    }

    /// The measures of several datasets from their frames' scores, each under its own name.
    /// - Throws: `MetricsError` if a score is no number.
    public static func evaluation(_ datasets: [Scored]) throws -> Evaluation {
        var videos: [VideoKey] = []
        var frames: [FrameScore] = []
        var protocols: [String: EvaluationProtocol] = [:]
        for dataset in datasets {
            let file = dataset.file
            let firstVideo = videos.count
            videos += file.videos.map { VideoKey(dataset: dataset.name, method: $0.method, name: $0.name) }
            for frame in dataset.judged.kept {
                frames.append(
                    FrameScore(
                        score: dataset.judged.scores[frame], isFake: file.video(of: frame).isFake,
                        video: firstVideo + Int(file.frameVideos[frame]),
                        frame: Int(file.frameIndices[frame])))
            }
            let framesPerVideo = Dictionary(file.frameVideos.map { ($0, 1) }, uniquingKeysWith: +)
            protocols[dataset.name] = EvaluationProtocol(
                contentHash: file.contentHash, split: file.description.split,
                frames: framesPerVideo.values.max() ?? 0, framesVerified: file.frameHashes != nil)
        }
        var evaluation = try Evaluation(frames: frames, videos: videos, protocols: protocols)
        for (place, dataset) in datasets.enumerated() { evaluation.result.datasets[place].leftOut = dataset.leftOut }
        return evaluation
    }
}
