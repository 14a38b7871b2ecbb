// VideoFrames.swift — the frames of each video of a file by their numbers, and the real frame that each fake one
// goes with, as training takes it.

import Store

/// An index over a file's frames. Cost: one pass over the tables.
struct VideoFrames: Sendable {
    struct Frame: Equatable, Sendable {
        var number: Int64
        /// In the file.
        var frame: Int
    }

    let file: DatasetFile
    /// [V] ascending by number.
    let byVideo: [[Frame]]
    /// [V] the numbers alone.
    private let numbers: [[Int64]]
    private let maxDistance: Int64

    init(_ file: DatasetFile) {
        self.file = file
        var frames = [[Frame]](repeating: [], count: file.videos.count)
        for frame in 0..<file.frameCount {
            frames[Int(file.frameVideos[frame])].append(Frame(number: file.frameIndices[frame], frame: frame))
        }
        byVideo = frames.map { $0.sorted { $0.number < $1.number } }
        numbers = byVideo.map { $0.map(\.number) }
        maxDistance = file.description.maxPairDistance ?? .max
    }

    /// The place of the real frame that a fake frame goes with among the frames of its real video; nil where there
    /// is none within the file's distance.
    func partner(of frame: Int) -> Int? {
        let target = Int(file.video(of: frame).target)
        guard target >= 0 else { return nil }
        return FramePairing.partner(of: file.frameIndices[frame], in: numbers[target], maxDistance: maxDistance)
    }

    /// Whether the real video of a fake frame is there and has frames, be they near or far.
    func hasRealFrames(for frame: Int) -> Bool {
        let target = Int(file.video(of: frame).target)
        return target >= 0 && !byVideo[target].isEmpty
    }

    /// The frames of a fake video that have a partner, with its place.
    func partners(of fake: Int) -> [(frame: Int, partner: Int)] {
        byVideo[fake].compactMap { frame in partner(of: frame.frame).map { (frame.frame, $0) } }
    }

    /// Distances of all fake frames to the nearest real ones.
    var counts: PairCounts {
        PairCounts(
            file.videos.indices.lazy.filter { file.videos[$0].isFake }.map { fake in
                let target = Int(file.videos[fake].target)
                return (fake: numbers[fake], real: target < 0 ? nil : numbers[target])
            }, limit: file.description.maxPairDistance)
    }
}
