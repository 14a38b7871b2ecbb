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
/// some videos' frames per thread, and the neighbour index. Disk: the fakes twice while the file is made.
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
            notes: world.description(of: split))
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

    /// Finished videos that wait for earlier ones, and the tables so far.
    private struct Output {
        var next = 0
        var waiting: [Int: [SyntheticFrame]] = [:]
        var failure: (any Error)?
        var drawn = 0
        var videos: [Int32] = []
        var landmarks: [Float] = []
    }

    /// People are drawn in any order: each of their real videos together with its fakes, which show the same two
    /// faces. Real videos come first in the file and are written in their order by whoever finishes the next
    /// one; fakes wait in a spool.
    private func addFrames(
        _ plan: [SyntheticVideo], to writer: DatasetWriter, beside path: String, pool: ThreadPool,
        stop: () -> Bool, progress: (Int) -> Void
    ) throws -> (videos: [Int32], landmarks: [Float]) {
        let reals = plan.prefix { $0.label == 0 }
        let people = Dictionary(grouping: reals.indices) { plan[$0].identity }.sorted { $0.key < $1.key }.map(\.value)
        let fakes = Dictionary(grouping: plan.indices.dropFirst(reals.count)) { plan[$0].target! }
        let spool = try PictureSpool(beside: path, pictureBytes: world.size * world.size * 3)
        let output = Mutex(Output())
        pool.run(tasks: people.count) { person in
            let target = world.renderer(of: plan[people[person][0]].identity)
            for real in people[person] {
                guard output.withLock({ $0.failure == nil }) else { return }
                do {
                    let fakes = fakes[real] ?? []
                    let source = world.frames(of: plan[real], with: fakes.map { plan[$0] }, target: target)
                    var frames: [SyntheticFrame] = []
                    for index in 0..<source.count {
                        let pictures = try source.all(index)
                        frames.append(pictures[0])
                        for (fake, picture) in zip(fakes, pictures.dropFirst()) {
                            try spool.write(picture.image.pixels, to: (fake - reals.count) * source.count + index)
                        }
                    }
                    try output.withLock { output in
                        if stop() { throw CancellationError() }
                        output.waiting[real] = frames
                        while output.failure == nil, let frames = output.waiting.removeValue(forKey: output.next) {
                            for (index, frame) in frames.enumerated() {
                                try append(
                                    frame.image.pixels, frame.landmarks.points.flatMap { [$0.x, $0.y] },
                                    of: output.next, index, to: writer, &output)
                            }
                            output.next += 1
                        }
                        output.drawn += frames.count * (1 + fakes.count)
                        progress(output.drawn)
                    }
                } catch {
                    output.withLock { $0.failure = $0.failure ?? error }
                }
            }
        }
        return try output.withLock { output in
            if let failure = output.failure { throw failure }
            for video in plan.indices.dropFirst(reals.count) {
                for index in 0..<world.framesPerVideo {
                    // A fake's landmarks are its target's.
                    let first = (plan[video].target! * world.framesPerVideo + index) * 81 * 2
                    try append(
                        spool.read((video - reals.count) * world.framesPerVideo + index),
                        Array(output.landmarks[first..<first + 81 * 2]), of: video, index, to: writer, &output)
                }
            }
            return (output.videos, output.landmarks)
        }
    }

    private func append(
        _ pixels: [UInt8], _ landmarks: [Float], of video: Int, _ index: Int, to writer: DatasetWriter,
        _ output: inout Output
    ) throws {
        try writer.addFrame(image: pixels, landmarks: landmarks, video: Int32(video), index: Int32(index))
        output.videos.append(Int32(video))
        output.landmarks += landmarks
    }
}
