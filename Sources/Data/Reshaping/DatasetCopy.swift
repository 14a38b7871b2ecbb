// DatasetCopy.swift — chosen videos of dataset files into a new one: what merging and splitting share.

import Store
import Tensor

/// Copies videos with all their frames, rows renumbered and neighbours made anew.
final class DatasetCopy {
    private let packer: DatasetPacker

    init(to path: String, like file: DatasetFile, description: DatasetDescription) throws {
        packer = try DatasetPacker(
            path, description: description, height: file.height, width: file.width, landmarkCount: file.landmarkCount)
    }

    /// - Parameter parts: files with the rows of the videos to take; a target that isn't taken is lost.
    /// - Returns: the content hash.
    /// - Throws: `StoreError`, `CancellationError`; then no file appears.
    func run(
        _ parts: [(file: DatasetFile, videos: [Int])], pool: ThreadPool, stop: () -> Bool, progress: (Int) -> Void
    ) throws -> String {
        do {
            for (file, chosen) in parts {
                // Real videos first: a target's new row must be known when its fakes are added.
                let order = chosen.filter { !file.videos[$0].isFake } + chosen.filter { file.videos[$0].isFake }
                var frames: [Int: [Int]] = [:]
                for frame in 0..<file.frameCount { frames[Int(file.frameVideos[frame]), default: []].append(frame) }
                var rows: [Int: Int32] = [:]
                for old in order {
                    var video = file.videos[old]
                    video.target = rows[Int(video.target)] ?? -1
                    let row = packer.addVideo(video)
                    rows[old] = row
                    for frame in frames[old] ?? [] {
                        if stop() { throw CancellationError() }
                        try packer.addFrame(
                            image: file.readImage(frame), landmarks: Array(file.landmarks(of: frame)), video: row,
                            index: file.frameIndices[frame])
                        progress(packer.frameCount)
                    }
                }
            }
            return try packer.finish(pool: pool)
        } catch {
            packer.discard()
            throw error
        }
    }
}
