// Evaluator.swift — scores every frame of a dataset, shared out over the ranks.
//
// Note [A frame that cannot be read]
// is left out by all ranks: its place in the batch stays, black, so that the others' scores are the same to the last
// bit as without the damage. Rank 0 collects what was left out and why; too much of it ends the evaluation on all
// ranks, since a result over part of a dataset is another result.
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
    let world: World
    private let context: Context
    private let quarantineLimit: Double

    /// Scores with the weights that the detector has now.
    /// - Parameter quarantineLimit: share of a file's frames that may be unreadable.
    public init(
        detector: Detector, pool: ThreadPool, world: World, quarantineLimit: Double, products: Products = .float32
    ) {
        self.detector = detector
        inference = Inference(detector, products: products)
        self.world = world
        self.quarantineLimit = quarantineLimit
        context = Context(pool: pool, parameters: detector.parameters)
        context.mode = .evaluation
        context.products = products
    }

    /// What the detector says of pictures: scores `[N]`, and pooled F `[N, D]` where it was asked for.
    public struct Judged: Sendable {
        /// No numbers where the picture was left out.
        public var scores: [Double] = []
        public var features: [Float] = []
        /// By their number.
        public var leftOut: [LeftOutPicture] = []

        /// Numbers of the pictures that were judged, of `scores`.
        public var kept: [Int] {
            let left = Set(leftOut.map(\.number))
            return scores.indices.filter { !left.contains($0) }
        }
    }

    /// A picture that could not be read.
    public struct LeftOutPicture: Codable, Sendable {
        public var number: Int
        public var reason: String
    }

    /// D, numbers of a pooled feature.
    public var featureDimension: Int { detector.shape.featureChannels }

    /// The score of each frame, `[N]`, and its pooled feature if wanted, on rank 0; nil on the others. Collective.
    /// - Parameter progress: told of the frames that this rank has scored and has to score.
    /// - Throws: on all ranks `DataError.tooManyBadFrames`; see Note [A frame that cannot be read].
    public func score(
        _ file: DatasetFile, features: Bool = false, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Judged? {
        try Self.requireSquare(file)
        let judged = try judge(file.frameCount, of: file.path, features: features, progress: progress) {
            try FrameReader.read($0, of: file, size: $1).image
        }
        try requireFewLeftOut(judged?.leftOut ?? [], of: file)
        return judged
    }

    /// Throws on all ranks if rank 0 knows of too many. Collective.
    private func requireFewLeftOut(_ pictures: [LeftOutPicture], of file: DatasetFile) throws {
        let count = try world.communicator.broadcast([Int64(pictures.count)], phase: "share what is left out")[0]
        guard QuarantineBudget.exceeds(quarantineLimit, bad: Int(count), of: file.frameCount) else { return }
        let example = try world.communicator.broadcast(
            Array((pictures.first?.reason ?? "").utf8), phase: "share what is left out")
        throw DataError.tooManyBadFrames(
            file: file.path, bad: Int(count), frames: file.frameCount, limit: quarantineLimit,
            example: String(decoding: example, as: UTF8.self))
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
    ///   - picture: makes a picture of a size, by its number; called on the rank that judges it. A `StoreError`
    ///     leaves it out, any other error ends the evaluation.
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
        let leftOut = try gatherLeftOut(judged.leftOut)
        let scores = try world.communicator.gather(judged.scores, phase: "gather scores")
        let pooled = features ? try world.communicator.gather(judged.features, phase: "gather features") : nil
        guard let scores else { return nil }
        let width = features ? featureDimension : 0
        var all = Judged(
            scores: [Double](repeating: .nan, count: count), features: [Float](repeating: 0, count: count * width),
            leftOut: leftOut)
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
        for picture in leftOut { all.scores[picture.number] = .nan }
        return all
    }

    /// Of all ranks on rank 0, by number; empty on the others. Collective.
    private func gatherLeftOut(_ own: [LeftOutPicture]) throws -> [LeftOutPicture] {
        let bytes = try own.isEmpty ? [] : Array(JSONEncoder().encode(own))
        guard let all = try world.communicator.gather(bytes, phase: "gather what is left out") else { return [] }
        return try (0..<world.size).flatMap { rank in
            all[rank].isEmpty
                ? [] : try JSONDecoder().decode([LeftOutPicture].self, from: Foundation.Data(all[rank]))
        }.sorted { $0.number < $1.number }
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
                } catch let error as StoreError {
                    judged.leftOut.append(LeftOutPicture(number: member, reason: "\(error)"))
                    pixels = [UInt8](repeating: 0, count: size * size * 3)
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
