// Evaluator.swift — scores every frame of a dataset, shared out over the ranks.
//
// Note [Why evaluation does not depend on the rank count]
// Frames are cut into batches of a fixed size, and whole batches are dealt out to ranks. So a frame
// is always computed together with the same others, by the same calls, and its score is the same to
// the last bit for any number of ranks. Nothing is padded; measures are computed once, on rank 0.

import Data
import DistributedTraining
import Foundation
import Metrics
import Model
import Store
import Tensor

/// Scores datasets with a detector.
public final class Evaluator {
    /// Frames of a batch, whatever the rank count. Part of what makes scores reproducible.
    public static let batchSize = 32

    private let detector: Detector
    private let inference: Inference
    private let world: World
    private let context: Context

    /// Scores with the weights that the detector has now.
    public init(detector: Detector, pool: ThreadPool, world: World) {
        self.detector = detector
        inference = Inference(detector)
        self.world = world
        context = Context(pool: pool, parameters: detector.parameters)
        context.mode = .evaluation
    }

    /// The score of each frame, `[N]`, on rank 0; nil on the others. Collective.
    /// - Parameter progress: told of the frames that this rank has scored and has to score.
    /// - Throws: on all ranks if a frame cannot be read on one of them: a result over part of a
    ///   dataset would be a wrong result.
    public func score(
        _ file: DatasetFile, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> [Double]? {
        guard file.width == file.height else {
            throw TrainingError.imageSize(file: file.path, width: file.width, height: file.height)
        }
        let total = Self.frames(of: file, rank: world.rank, ranks: world.size).count
        var scores: [Double] = []
        var failure: (any Error)?
        do {
            for batch in Self.batches(of: file, rank: world.rank, ranks: world.size) {
                scores += try self.scores(Self.frames(ofBatch: batch, of: file), of: file)
                progress(scores.count, total)
            }
        } catch {
            failure = error
        }
        try world.communicator.requireSuccess(failure, while: "scoring \(file.path)")
        guard let all = try world.communicator.gather(scores, phase: "gather scores") else { return nil }
        var byFrame = [Double](repeating: .nan, count: file.frameCount)
        for rank in 0..<world.size {
            let frames = Self.frames(of: file, rank: rank, ranks: world.size)
            for (frame, score) in zip(frames, all[rank]) { byFrame[frame] = score }
        }
        return byFrame
    }

    /// The measures of several datasets from their frames' scores, each under its own name.
    /// - Throws: `MetricsError` if a score is no number.
    public static func evaluation(
        _ datasets: [(name: String, file: DatasetFile, scores: [Double])]
    ) throws -> Evaluation {
        var videos: [VideoKey] = []
        var frames: [FrameScore] = []
        var protocols: [String: EvaluationProtocol] = [:]
        for (name, file, scores) in datasets {
            let firstVideo = videos.count
            videos += file.videos.map { VideoKey(dataset: name, method: $0.method, name: $0.name) }
            for (frame, score) in scores.enumerated() {
                frames.append(
                    FrameScore(
                        score: score, isFake: file.video(of: frame).isFake,
                        video: firstVideo + Int(file.frameVideos[frame]),
                        frame: Int(file.frameIndices[frame])))
            }
            let framesPerVideo = Dictionary(file.frameVideos.map { ($0, 1) }, uniquingKeysWith: +)
            protocols[name] = EvaluationProtocol(
                contentHash: file.contentHash, split: file.description.split,
                frames: framesPerVideo.values.max() ?? 0)
        }
        return try Evaluation(frames: frames, videos: videos, protocols: protocols)
    }

    private static func batches(of file: DatasetFile, rank: Int, ranks: Int) -> StrideTo<Int> {
        stride(from: rank, to: (file.frameCount + batchSize - 1) / batchSize, by: ranks)
    }

    private static func frames(of file: DatasetFile, rank: Int, ranks: Int) -> [Int] {
        batches(of: file, rank: rank, ranks: ranks).flatMap { Array(frames(ofBatch: $0, of: file)) }
    }

    private static func frames(ofBatch batch: Int, of file: DatasetFile) -> Range<Int> {
        batch * batchSize..<min((batch + 1) * batchSize, file.frameCount)
    }

    /// softmax(logits)[1] of each frame.
    private func scores(_ frames: Range<Int>, of file: DatasetFile) throws -> [Double] {
        let size = detector.shape.imageSize
        return try context.arena.run("evaluate \(frames.count)") {
            let images = context.arena.allocate(n: frames.count, h: size, w: size, c: 3)
            for (place, frame) in frames.enumerated() {
                let image: [UInt8]
                do {
                    image = try FrameReader.read(frame, of: file, size: size).image.pixels
                } catch {
                    context.arena.release(images)
                    throw error
                }
                image.withUnsafeBufferPointer {
                    ImageInput.normalize($0, into: images.samples(place..<place + 1))
                }
            }
            let (logits, pooled) = try inference.evaluate(images, context)
            defer {
                context.arena.release(logits)
                context.arena.release(pooled)
            }
            return (0..<frames.count).map { i in
                1 / (1 + exp(Double(logits.data[2 * i]) - Double(logits.data[2 * i + 1])))
            }
        }
    }
}

extension Communicator {
    /// Throws on all ranks if one of them failed: `failure` on that rank, a sentence on the others.
    /// Collective.
    func requireSuccess(_ failure: (any Error)?, while doing: String) throws {
        let failed = try allReduce(.maximum, failure == nil ? Int64(-1) : Int64(rank), phase: "vote")
        if let failure { throw failure }
        if failed >= 0 { throw TrainingError.otherRankFailed(rank: Int(failed), while: doing) }
    }
}
