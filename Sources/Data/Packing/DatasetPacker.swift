// DatasetPacker.swift — a dataset file with its neighbour index, for everything that packs frames one by
// one: imports, extraction, merging and splitting. Where frames come from is not known here.

import Store
import Tensor

/// Writes frames and videos as `DatasetWriter` does and adds the neighbour index at the end.
///
/// For one thread at a time. Memory: landmarks, 0.7 KB a frame, beside what the writer and the index take.
public final class DatasetPacker {
    // N frames, L landmarks
    private let writer: DatasetWriter
    private let landmarkCount: Int
    /// [V]
    public private(set) var videos: [DatasetVideo] = []
    /// [N]
    private var frameVideos: [Int32] = []
    /// [N, L, 2]
    private var landmarks: [Float] = []

    /// - Throws: `StoreError`, as `DatasetWriter`.
    public init(
        _ path: String, description: DatasetDescription, height: Int, width: Int, landmarkCount: Int,
        deflate: Int? = nil
    ) throws {
        try AtomicFile.removeDeadLeftovers(of: path)
        writer = try DatasetWriter(
            path, description: description, height: height, width: width, landmarkCount: landmarkCount,
            deflate: deflate)
        self.landmarkCount = landmarkCount
    }

    public var frameCount: Int { frameVideos.count }

    /// Adds a video.
    /// - Returns: its row.
    public func addVideo(_ video: DatasetVideo) -> Int32 {
        videos.append(video)
        return writer.addVideo(video)
    }

    /// Adds a frame: [H, W, 3] bytes, [L, 2] floats.
    /// - Throws: `StoreError`.
    public func addFrame(image: [UInt8], landmarks points: [Float], video: Int32, index: Int64) throws {
        try writer.addFrame(image: image, landmarks: points, video: video, index: index)
        frameVideos.append(video)
        landmarks += points
    }

    /// Adds the neighbours of all real frames and gives the file its name. An index is left out
    /// when there is no real frame.
    /// - Returns: the content hash.
    /// - Throws: `StoreError`; then no file appears.
    public func finish(pool: ThreadPool) throws -> String { try finish(pool: pool, approvePath: { _ in }) }

    /// As above, but calls `approve` with the finished file before it gets its name; when that throws, it is given up.
    public func finish(pool: ThreadPool, approve: (DatasetFile) throws -> Void) throws -> String {
        try finish(pool: pool, approvePath: { try approve(DatasetFile($0)) })
    }

    private func finish(pool: ThreadPool, approvePath: (String) throws -> Void) throws -> String {
        do {
            let index = NeighbourIndex(
                videos: videos, frameVideos: frameVideos, landmarks: landmarks, landmarkCount: landmarkCount)
            for first in stride(from: 0, to: index.frames.count, by: Self.neighbourChunk) {
                let range = first..<min(first + Self.neighbourChunk, index.frames.count)
                try writer.addNeighbours(index.rows(range, pool: pool))
            }
            return try writer.finish(approve: approvePath)
        } catch {
            writer.discard()
            throw error
        }
    }

    /// Gives up; an old file stays.
    public func discard() { writer.discard() }

    /// Rows of the neighbour table in memory at a time.
    private static let neighbourChunk = 8192
}
