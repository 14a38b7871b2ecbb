// Evaluator.swift — scores every frame of a dataset, shared out over the ranks.
//
// Note [Why evaluation does not depend on the rank count]
// Frames are cut into batches of a fixed size, and whole batches are dealt out to ranks. So a frame
// is always computed together with the same others, by the same calls, and its score is the same to
// the last bit for any number of ranks. Nothing is padded; measures are computed once, on rank 0.

import Data
import DistributedTraining
import Foundation
import Imaging
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
    public init(detector: Detector, pool: ThreadPool, world: World, products: Products = .float32) {
        self.detector = detector
        inference = Inference(detector, products: products)
        self.world = world
        context = Context(pool: pool, parameters: detector.parameters)
        context.mode = .evaluation
        context.products = products
    }

    /// What the detector says of pictures: scores `[N]`, and pooled F `[N, D]` where it was asked for.
    public struct Judged: Sendable {
        public var scores: [Double] = []
        public var features: [Float] = []
    }

    /// D, numbers of a pooled feature.
    public var featureDimension: Int { detector.shape.featureChannels }

    /// The score of each frame, `[N]`, on rank 0; nil on the others. Collective.
    /// - Parameter progress: told of the frames that this rank has scored and has to score.
    /// - Throws: on all ranks if a frame cannot be read on one of them: a result over part of a
    ///   dataset would be a wrong result.
    public func score(
        _ file: DatasetFile, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> [Double]? {
        try Self.requireSquare(file)
        return try judge(file.frameCount, of: file.path, features: false, progress: progress) {
            try FrameReader.read($0, of: file, size: $1).image
        }?.scores
    }

    static func requireSquare(_ file: DatasetFile) throws {
        guard file.width == file.height else {
            throw TrainingError.imageSize(file: file.path, width: file.width, height: file.height)
        }
    }

    /// Judges `count` pictures, shared out over the ranks: all of it on rank 0, nil on the others.
    /// Collective.
    /// - Parameters:
    ///   - object: what the pictures are of, for errors.
    ///   - features: whether pooled features are wanted.
    ///   - picture: makes a picture of a size, by its number; called on the rank that judges it.
    func judge(
        _ count: Int, of object: String, features: Bool, progress: (Int, Int) -> Void = { _, _ in },
        picture: (Int, Int) throws -> Image
    ) throws -> Judged? {
        let total = Self.members(of: count, rank: world.rank, ranks: world.size).count
        var judged = Judged()
        var failure: (any Error)?
        do {
            for batch in Self.batches(of: count, rank: world.rank, ranks: world.size) {
                try judge(Self.members(ofBatch: batch, of: count), features: features, into: &judged, picture)
                progress(judged.scores.count, total)
            }
        } catch {
            failure = error
        }
        try world.communicator.requireSuccess(failure, while: "scoring \(object)")
        let scores = try world.communicator.gather(judged.scores, phase: "gather scores")
        let pooled = features ? try world.communicator.gather(judged.features, phase: "gather features") : nil
        guard let scores else { return nil }
        let width = features ? featureDimension : 0
        var all = Judged(
            scores: [Double](repeating: .nan, count: count), features: [Float](repeating: 0, count: count * width))
        for rank in 0..<world.size {
            let members = Self.members(of: count, rank: rank, ranks: world.size)
            for (member, score) in zip(members, scores[rank]) { all.scores[member] = score }
            guard let row = pooled?[rank] else { continue }
            for (place, member) in members.enumerated() {
                let start = row.startIndex + place * width
                all.features.replaceSubrange(
                    member * width..<(member + 1) * width, with: row[start..<start + width])
            }
        }
        return all
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

    /// Numbers of all ranks, on rank 0. Collective.
    func gatherFailed(_ items: [Int]) throws -> [Int]? {
        try world.communicator.gather(items, phase: "gather what could not be made")?.values
    }

    private static func batches(of count: Int, rank: Int, ranks: Int) -> StrideTo<Int> {
        stride(from: rank, to: (count + batchSize - 1) / batchSize, by: ranks)
    }

    private static func members(of count: Int, rank: Int, ranks: Int) -> [Int] {
        batches(of: count, rank: rank, ranks: ranks).flatMap { Array(members(ofBatch: $0, of: count)) }
    }

    private static func members(ofBatch batch: Int, of count: Int) -> Range<Int> {
        batch * batchSize..<min((batch + 1) * batchSize, count)
    }

    /// Appends softmax(logits)[1] of each picture, and pooled F if wanted.
    private func judge(
        _ members: Range<Int>, features: Bool, into judged: inout Judged,
        _ picture: (Int, Int) throws -> Image
    ) throws {
        let size = detector.shape.imageSize
        try context.arena.run("evaluate \(members.count)") {
            let images = context.arena.allocate(n: members.count, h: size, w: size, c: 3)
            for (place, member) in members.enumerated() {
                let pixels: [UInt8]
                do {
                    pixels = try picture(member, size).pixels
                } catch {
                    context.arena.release(images)
                    throw error
                }
                pixels.withUnsafeBufferPointer {
                    ImageInput.normalize($0, into: images.samples(place..<place + 1))
                }
            }
            let (logits, pooled) = try inference.evaluate(images, context)
            defer {
                context.arena.release(logits)
                context.arena.release(pooled)
            }
            judged.scores += (0..<members.count).map { i in
                1 / (1 + exp(Double(logits.data[2 * i]) - Double(logits.data[2 * i + 1])))
            }
            if features { judged.features += pooled.buffer }
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
