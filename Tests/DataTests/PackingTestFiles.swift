// PackingTestFiles.swift — small datasets made by hand, for tests of packing, inspection and preview.

import Data
import Foundation
import Store
import Tensor

/// The names in a folder, hidden ones included.
func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// Two real videos of two people with two frames each; two fakes of method a (two frames, with target)
/// and b (one frame, without). One landmark of the first frame lies outside.
func writeDataset(
    _ path: String, neighbours: Bool, reals: Bool = true, fakes: Bool = true, side: Int = 32,
    flatLandmarks: Bool = false
) throws {
    var random = Philox(seed: 8, stream: .test)
    let description = DatasetDescription(dataset: "hand-made", split: "train")
    let writer = try DatasetWriter(path, description: description, height: side, width: side, landmarkCount: 68)
    var videos: [DatasetVideo] = []
    if reals {
        videos += [
            DatasetVideo(name: "0", method: "original", isFake: false, identity: "p"),
            DatasetVideo(name: "1", method: "original", isFake: false, identity: "q"),
        ]
    }
    if fakes {
        videos += [
            DatasetVideo(name: "0_1", method: "a", isFake: true, identity: "p", target: reals ? 0 : -1),
            DatasetVideo(name: "0_1", method: "b", isFake: true, identity: "p"),
        ]
    }
    var frameVideos: [Int32] = []
    var landmarks: [Float] = []
    for (row, video) in videos.enumerated() {
        _ = writer.addVideo(video)
        for index in 0..<(video.method == "b" ? 1 : 2) {
            var points = (0..<136).map { _ in random.uniform(0.2, 0.8) * Float(side) }
            if frameVideos.isEmpty { points[0] = Float(side) }
            // On one line: no face can be cut out along it.
            if flatLandmarks { points = (0..<136).map { Float($0 / 2) * Float(side) / 100 } }
            let pixels = (0..<side * side * 3).map { _ in UInt8(random.integer(below: 256)) }
            try writer.addFrame(image: pixels, landmarks: points, video: Int32(row), index: Int64(index))
            frameVideos.append(Int32(row))
            landmarks += points
        }
    }
    if neighbours {
        let index = NeighbourIndex(videos: videos, frameVideos: frameVideos, landmarks: landmarks, landmarkCount: 68)
        try writer.addNeighbours(index.rows(0..<index.frames.count, count: 3, pool: ThreadPool(threads: 1)))
    }
    _ = try writer.finish()
}
