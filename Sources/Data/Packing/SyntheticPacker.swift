// SyntheticPacker.swift — writes one split of the built-in world to a dataset file. Which splits, where
// and whether they may replace others is the command's matter.

import Imaging
import Store
import Synchronization
import Synthesis
import Tensor

/// Draws a split's frames on all threads and writes them in order.
///
/// The file's contents depend on the world and the split alone, never on the thread count. Memory:
/// one video's frames per thread, and the neighbour index. Cost: drawing, about 70 ms of a core for
/// a frame of 256 pixels and 20 ms for one of 128, real and fake ones together.
public struct SyntheticPacker: Sendable {
    /// The name that results carry; raised with the world's version, since pictures then differ.
    public static let datasetName = "synthetic-v\(SyntheticWorld.version)"

    public let world: SyntheticWorld
    public let split: SyntheticWorld.Split

    public init(_ world: SyntheticWorld, split: SyntheticWorld.Split) {
        self.world = world
        self.split = split
    }

    /// The file's root attributes. The creation command names everything that decides the
    /// contents, and nothing else.
    public var description: DatasetDescription {
        DatasetDescription(
            dataset: Self.datasetName, split: split.rawValue, compression: "jpeg",
            landmarkDetector: "exact, from the drawn face's geometry",
            creationCommand: "blendway synth --identities \(world.identities) --videos \(world.videosPerIdentity) "
                + "--frames \(world.framesPerVideo) --size \(world.size) --seed \(world.seed)",
            notes: world.description(of: split))
    }

    /// Frames that the file will have.
    public var frameCount: Int { world.videos(of: split).count * world.framesPerVideo }

    /// Writes the file, whole or not at all.
    /// - Parameters:
    ///   - path: one that exists is replaced.
    ///   - stop: asked after each video; true ends with `CancellationError`.
    ///   - progress: told the frames written so far, from any thread, one call at a time.
    /// - Returns: the content hash.
    /// - Throws: `StoreError`, `SynthesisError`, `CancellationError`.
    @discardableResult
    public func write(
        to path: String, pool: ThreadPool, stop: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
    ) throws -> String {
        let plan = world.videos(of: split)
        let videos = plan.map { datasetVideo($0, in: plan) }
        let writer = try DatasetWriter(
            path, description: description, height: world.size, width: world.size, landmarkCount: 81)
        do {
            for video in videos { _ = writer.addVideo(video) }
            let tables = try addFrames(plan, to: writer, pool: pool, stop: stop, progress: progress)
            let index = NeighbourIndex(
                videos: videos, frameVideos: tables.videos, landmarks: tables.landmarks, landmarkCount: 81)
            for first in stride(from: 0, to: index.frames.count, by: Self.neighbourChunk) {
                let range = first..<min(first + Self.neighbourChunk, index.frames.count)
                try writer.addNeighbours(index.rows(range, pool: pool))
            }
            return try writer.finish()
        } catch {
            writer.discard()
            throw error
        }
    }

    /// Rows of the neighbour table in memory at a time.
    private static let neighbourChunk = 8192

    private func datasetVideo(_ video: SyntheticVideo, in plan: [SyntheticVideo]) -> DatasetVideo {
        var source = "built-in world \(SyntheticWorld.version), seed \(world.seed), scene \(video.scene)"
        if let face = video.source { source += ", with the face of \(plan[face].name)" }
        return DatasetVideo(
            name: video.name, method: video.method, isFake: video.label == 1,
            identity: "person \(video.identity)", target: Int32(video.target ?? -1), source: source,
            donor: video.sourceIdentity.map { "person \($0)" } ?? "")
    }

    // MARK: Frames

    /// Finished videos that wait for earlier ones, and the tables so far.
    private struct Output {
        var next = 0
        var waiting: [Int: [SyntheticFrame]] = [:]
        var failure: (any Error)?
        var videos: [Int32] = []
        var landmarks: [Float] = []
    }

    /// Videos are drawn in any order and written in theirs, by whoever finishes the next one.
    private func addFrames(
        _ plan: [SyntheticVideo], to writer: DatasetWriter, pool: ThreadPool, stop: () -> Bool,
        progress: (Int) -> Void
    ) throws -> (videos: [Int32], landmarks: [Float]) {
        let output = Mutex(Output())
        pool.run(tasks: plan.count) { video in
            guard output.withLock({ $0.failure == nil }) else { return }
            do {
                let source = world.frames(of: plan[video])
                let frames = try (0..<source.count).map { try source.frame($0) }
                try output.withLock { output in
                    output.waiting[video] = frames
                    while output.failure == nil, let frames = output.waiting.removeValue(forKey: output.next) {
                        if stop() { throw CancellationError() }
                        try append(frames, of: Int32(output.next), to: writer, &output)
                        output.next += 1
                        progress(output.videos.count)
                    }
                }
            } catch {
                output.withLock { $0.failure = $0.failure ?? error }
            }
        }
        return try output.withLock { output in
            if let failure = output.failure { throw failure }
            return (output.videos, output.landmarks)
        }
    }

    private func append(
        _ frames: [SyntheticFrame], of video: Int32, to writer: DatasetWriter, _ output: inout Output
    ) throws {
        for (index, frame) in frames.enumerated() {
            let landmarks = frame.landmarks.points.flatMap { [$0.x, $0.y] }
            try writer.addFrame(
                image: frame.image.pixels, landmarks: landmarks, video: video, index: Int32(index))
            output.videos.append(video)
            output.landmarks += landmarks
        }
    }
}
