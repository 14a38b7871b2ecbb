// Predictor.swift — scores faces with a checkpoint's detector, on one process: what `blendway predict` does.

import Foundation
import Imaging
import Model
import Tensor

/// A detector that judges faces from any source.
public final class Predictor {
    /// Faces of a batch.
    static let batchSize = 32
    /// Faces that `saliencySheet` shows.
    private static let shownLimit = 24

    let detector: Detector
    let pool: ThreadPool
    private let context: Context
    private let inference: Inference
    public private(set) var prediction = Prediction()
    /// Some faces at the network's size, for a picture of them.
    private(set) var shown: [ShownFace] = []

    /// A face of the picture of faces.
    struct ShownFace {
        var picture: Image
        var video: String
        var file: String
        var frame: Int
        var rank: Int
        var among: Int
    }

    /// Pixels a side of what the detector sees.
    public var imageSize: Int { detector.shape.imageSize }

    /// - Parameter threads: 0 is all cores.
    /// - Throws: `StoreError`, `ConfigurationError`, `TrainingError.otherShape`.
    public init(checkpoint: String, threads: Int, products: Products = .float32) throws {
        detector = try LoadedDetector(checkpoint).detector
        pool = try ThreadPool(threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount)
        context = Context(pool: pool, parameters: detector.parameters)
        context.mode = .evaluation
        context.products = products
        inference = Inference(detector, products: products)
    }

    /// Judges all faces of a source; what of it cannot be judged goes to `prediction.skipped`.
    /// - Parameter canGoOn: whether the source has more behind an error.
    /// - Throws: `PredictionError.notFinite`.
    public func judge(_ source: any FaceSource, canGoOn: (any Error) -> Bool = { $0 is PredictionError }) throws {
        let first = prediction.faces.count
        var batch: [SourceFace] = []
        var isDone = false
        while !isDone {
            do {
                if let face = try source.next() { batch.append(face) } else { isDone = true }
            } catch {
                prediction.skipped.append(.init(video: source.video, reason: "\(error)"))
                isDone = !canGoOn(error)
            }
            if batch.count == Self.batchSize || isDone && !batch.isEmpty {
                try judge(batch, of: source.video)
                batch = []
            }
        }
        // A video's faces are judged each by itself; a mean over people would say nothing of any of them.
        let tracks = Dictionary(grouping: prediction.faces[first...], by: \.track)
        for track in tracks.keys.sorted() {
            let scores = tracks[track]!.map(\.score)
            prediction.videos.append(
                .init(
                    video: source.video, track: track, faces: scores.count,
                    score: scores.reduce(0, +) / Double(scores.count)))
        }
    }

    /// For inputs that never became a source.
    public func skip(_ video: String, _ reason: String) {
        prediction.skipped.append(.init(video: video, reason: reason))
    }

    private func judge(_ faces: [SourceFace], of video: String) throws {
        let size = imageSize
        let pictures = try faces.map { face in
            face.image.width == size
                ? face.image : try face.image.resized(width: size, height: size, interpolation: .bilinear)
        }
        for (face, picture) in zip(faces, pictures) { show(face, picture, of: video) }
        let scores = try context.arena.run("predict \(faces.count)") {
            let images = Self.tensor(of: pictures, size: size, context)
            let (logits, pooled) = try inference.evaluate(images, context)
            defer { [logits, pooled].forEach(context.arena.release) }
            return (0..<faces.count).map { i in
                1 / (1 + exp(Double(logits.data[2 * i]) - Double(logits.data[2 * i + 1])))
            }
        }
        for (face, score) in zip(faces, scores) {
            guard score.isFinite else { throw PredictionError.notFinite(file: face.file) }
            prediction.faces.append(
                .init(
                    video: video, file: face.file, frame: face.frame, face: face.rank, of: face.among, track: face.track,
                    outside: face.outside, box: face.box, score: score))
        }
    }

    /// Keeps the first faces, but where there are many videos rather one of each than many of one.
    private func show(_ face: SourceFace, _ picture: Image, of video: String) {
        if shown.count == Self.shownLimit {
            let counts = Dictionary(shown.map { ($0.video, 1) }, uniquingKeysWith: +)
            guard counts[video] == nil, let last = shown.lastIndex(where: { counts[$0.video]! > 1 }) else { return }
            shown.remove(at: last)
        }
        shown.append(
            ShownFace(
                picture: picture, video: video, file: face.file, frame: face.frame, rank: face.rank, among: face.among))
    }

    static func tensor(of pictures: [Image], size: Int, _ context: Context) -> Tensor {
        let images = context.arena.allocate(n: pictures.count, h: size, w: size, c: 3)
        for (place, picture) in pictures.enumerated() {
            picture.pixels.withUnsafeBufferPointer {
                ImageInput.normalize($0, into: images.samples(place..<place + 1))
            }
        }
        return images
    }
}
