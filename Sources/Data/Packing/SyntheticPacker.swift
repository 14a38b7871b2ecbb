// SyntheticPacker.swift — writes one split of the built-in world to a dataset file. Which splits, where
// and whether they may replace others is the command's matter.

import Imaging
import Store
import Synchronization
import Synthesis
import Tensor

/// Draws a split's frames on all threads, a person on each, and writes them in order.
///
/// The file's contents depend on the world and the split alone, never on the thread count. Memory:
/// a frame of each of a video's kinds per thread, all landmarks, and the neighbour index. Disk: the pictures twice
/// while the file is made.
/// Cost: see `SyntheticFrames`.
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
            notes: world.description(of: split), maxPairDistance: 0)
    }

    /// Frames that the file will have.
    public var frameCount: Int { world.videos(of: split).count * world.framesPerVideo }

    /// Writes the file, whole or not at all.
    /// - Parameters:
    ///   - path: one that exists is replaced.
    ///   - stop: asked after each real video; true ends with `CancellationError`.
    ///   - progress: told the frames drawn so far, from any thread, one call at a time.
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
            let tables = try addFrames(plan, to: writer, beside: path, pool: pool, stop: stop, progress: progress)
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

    private struct Output {
        var drawn = 0
        var failure: (any Error)?
        /// Of the real videos' frames.
        var landmarks: [Float]
    }

    /// People are drawn in any order, each of their real videos together with its fakes, which show the same two
    /// faces. The pictures wait in a spool and are written in the order of the videos when all are there.
    private func addFrames(
        _ plan: [SyntheticVideo], to writer: DatasetWriter, beside path: String, pool: ThreadPool,
        stop: () -> Bool, progress: (Int) -> Void
    ) throws -> (videos: [Int32], landmarks: [Float]) {
        let (count, width) = (world.framesPerVideo, 81 * 2)
        let reals = plan.prefix { $0.label == 0 }
        let people = Dictionary(grouping: reals.indices) { plan[$0].identity }.sorted { $0.key < $1.key }.map(\.value)
        let fakes = Dictionary(grouping: plan.indices.dropFirst(reals.count)) { plan[$0].target! }
        let spool = try PictureSpool(beside: path, pictureBytes: world.size * world.size * 3)
        let output = Mutex(Output(landmarks: Array(repeating: 0, count: reals.count * count * width)))
        pool.run(tasks: people.count) { person in
            let target = world.renderer(of: plan[people[person][0]].identity)
            for real in people[person] {
                guard output.withLock({ $0.failure == nil }) else { return }
                do {
                    let videos = [real] + (fakes[real] ?? [])
                    let source = world.frames(of: plan[real], with: videos.dropFirst().map { plan[$0] }, target: target)
                    var landmarks: [Float] = []
                    for index in 0..<count {
                        let frames = try source.all(index)
                        for (video, frame) in zip(videos, frames) {
                            try spool.write(frame.image.pixels, to: video * count + index)
                        }
                        landmarks += frames[0].landmarks.points.flatMap { [$0.x, $0.y] }
                    }
                    try output.withLock { output in
                        if stop() { throw CancellationError() }
                        let first = real * count * width
                        output.landmarks.replaceSubrange(first..<first + landmarks.count, with: landmarks)
                        output.drawn += videos.count * count
                        progress(output.drawn)
                    }
                } catch {
                    output.withLock { $0.failure = $0.failure ?? error }
                }
            }
        }
        let drawn = try output.withLock { output in
            if let failure = output.failure { throw failure }
            return output.landmarks
        }
        var table: (videos: [Int32], landmarks: [Float]) = ([], [])
        for video in plan.indices {
            for index in 0..<count {
                // A fake's landmarks are its target's.
                let first = ((plan[video].target ?? video) * count + index) * width
                let landmarks = Array(drawn[first..<first + width])
                try writer.addFrame(
                    image: spool.read(video * count + index), landmarks: landmarks, video: Int32(video),
                    index: Int64(index))
                table.videos.append(Int32(video))
                table.landmarks += landmarks
            }
        }
        return table
    }
}
