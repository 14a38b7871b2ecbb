// BadInputData.swift — datasets with a defect or another content, made from a sound one.

import Store

/// A copy of a dataset with changes.
struct DatasetCopy {
    /// Which videos stay; with the real ones all stay.
    var keeps: (DatasetVideo) -> Bool = { _ in true }
    /// Fakes that no longer say what they were made from.
    var orphans: (DatasetVideo) -> Bool = { _ in false }
    var neighbours = true
    /// Each frame this often, the copies with other pixels.
    var copies = 1
    /// (frame, landmarks) to landmarks.
    var landmarks: (Int, [Float]) -> [Float] = { $1 }

    func write(_ source: String, to path: String) throws {
        let file = try DatasetFile(source)
        let writer = try DatasetWriter(
            path, description: file.description, height: file.height, width: file.width,
            landmarkCount: file.landmarkCount)
        let kept = file.videos.indices.filter { keeps(file.videos[$0]) }
        let newVideo = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, Int32($0)) })
        for row in kept {
            var video = file.videos[row]
            video.target = orphans(video) ? -1 : newVideo[Int(video.target)] ?? -1
            _ = writer.addVideo(video)
        }
        var newFrame: [Int32: Int32] = [-1: -1]
        for copy in 0..<copies {
            for frame in 0..<file.frameCount {
                guard let video = newVideo[Int(file.frameVideos[frame])] else { continue }
                let number = try writer.addFrame(
                    image: file.readImage(frame).map { $0 ^ UInt8(copy) },
                    landmarks: landmarks(frame, Array(file.landmarks(of: frame))), video: video,
                    index: file.frameIndices[frame] + Int64(1000 * copy))
                if copy == 0 { newFrame[Int32(frame)] = Int32(number) }
            }
        }
        if neighbours, copies == 1, let table = file.neighbours {
            try writer.addNeighbours(
                frames: table.frames.map { newFrame[$0]! }, count: table.count,
                neighbours: table.neighbours.map { newFrame[$0]! }, distances: table.distances)
        }
        _ = try writer.finish()
    }
}
