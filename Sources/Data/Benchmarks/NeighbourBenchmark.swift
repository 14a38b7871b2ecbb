// NeighbourBenchmark.swift — how long a large dataset's neighbour index takes. What `blendway bench
// neighbours` runs.

import Foundation
import Store
import Tensor

/// Times the search on made-up landmarks: people, each with a face of their own, whose frames wobble.
public struct NeighbourBenchmark {
    public struct Result: Codable, Sendable {
        public var frames: Int
        public var landmarks: Int
        public var neighbours: Int
        public var threads: Int
        public var seconds: Double
        public var gemm: String

        public var sentence: String {
            String(
                format: "%d neighbours for each of %d frames with %d landmarks: %.1f s on %d threads, %@\n", neighbours,
                frames, landmarks, seconds, threads, gemm)
        }
    }

    /// Landmarks of `frames` frames, 32 of each person, in pixels of a 256-pixel picture.
    public static func index(frames: Int, landmarks: Int) -> NeighbourIndex {
        var random = Philox(seed: 1, stream: .test)
        var videos: [DatasetVideo] = []
        var frameVideos: [Int32] = []
        var points: [Float] = []
        points.reserveCapacity(frames * landmarks * 2)
        var middle: [Float] = []
        for frame in 0..<frames {
            if frame % 32 == 0 {
                videos.append(
                    DatasetVideo(name: "\(videos.count)", method: "original", isFake: false, identity: "\(videos.count)"))
                middle = (0..<landmarks * 2).map { _ in 128 + 10 * random.normal() }
            }
            frameVideos.append(Int32(videos.count - 1))
            points += middle.map { $0 + 2 * random.normal() }
        }
        return NeighbourIndex(videos: videos, frameVideos: frameVideos, landmarks: points, landmarkCount: landmarks)
    }

    /// All frames on this process alone.
    public static func run(frames: Int, landmarks: Int, count: Int, threads: Int) throws -> Result {
        let index = index(frames: frames, landmarks: landmarks)
        let pool = try ThreadPool(threads: threads)
        let began = ContinuousClock.now
        _ = index.rows(0..<index.frames.count, count: count, pool: pool)
        let time = (ContinuousClock.now - began).components
        return Result(
            frames: frames, landmarks: landmarks, neighbours: count, threads: threads,
            seconds: Double(time.seconds) + Double(time.attoseconds) * 1e-18, gemm: "OpenBLAS \(OpenBLASCore.name)")
    }
}
