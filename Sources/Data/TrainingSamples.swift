// TrainingSamples.swift — which frames of a dataset make up each training sample. Reads no images.

import Blend
import Store
import Tensor

/// The samples of a dataset under one setting, in a fixed order.
///
/// With deepfakes a sample is a fake frame and the frame of the same number in the real video that it
/// was made from, or the nearest within the distance that the file allows; without, it is a real frame. Cost: one pass over the frames' tables.
public struct TrainingSamples: Sendable {
    /// The frames behind one use of a sample.
    public struct Frames: Equatable, Sendable {
        public var real: Int
        public var fake: Int?
        /// Foreground of the cross-blended image; nil if none is wanted or there is no neighbour.
        public var foreground: Int?
    }

    public let file: DatasetFile
    public let anchors: Quadruple.Anchors
    /// Neighbours that the foreground is drawn from.
    public let neighbourCount: Int
    /// (real, fake or −1) of each sample.
    private let pairs: [(real: Int32, fake: Int32)]

    public var count: Int { pairs.count }

    /// - Parameters:
    ///   - anchors: which pictures are wanted beside the real one.
    ///   - neighbourCount: N, at least 1.
    /// - Throws: `DataError` if the file lacks what the anchors need.
    public init(_ file: DatasetFile, anchors: Quadruple.Anchors, neighbourCount: Int = 3) throws {
        self.file = file
        self.anchors = anchors
        self.neighbourCount = neighbourCount
        guard file.videos.contains(where: { !$0.isFake }) else { throw DataError.noReals(file: file.path) }
        if anchors.contains(.crossBlended) {
            guard let table = file.neighbours, table.neighbours.contains(where: { $0 >= 0 }) else {
                throw DataError.noNeighbours(file: file.path)
            }
        }
        var pairs: [(Int32, Int32)] = []
        if anchors.contains(.deepfake) {
            guard file.videos.contains(where: \.isFake) else { throw DataError.noFakes(file: file.path) }
            let frames = VideoFrames(file)
            for frame in 0..<file.frameCount where file.video(of: frame).isFake {
                let video = file.video(of: frame)
                guard video.target >= 0 else {
                    throw DataError.noTargets(file: file.path, video: video.name)
                }
                guard let place = frames.partner(of: frame) else { continue }
                pairs.append((Int32(frames.byVideo[Int(video.target)][place].frame), Int32(frame)))
            }
        } else {
            for frame in 0..<file.frameCount where !file.video(of: frame).isFake {
                pairs.append((Int32(frame), -1))
            }
        }
        guard !pairs.isEmpty else { throw DataError.nothingToTrain(file: file.path) }
        self.pairs = pairs
    }

    /// The frames for one use of a sample: the foreground is drawn anew each time.
    public func frames(_ key: SampleKey, seed: UInt64) -> Frames {
        let (real, fake) = pairs[key.sample]
        var foreground: Int?
        if anchors.contains(.crossBlended), let table = file.neighbours {
            let nearest = table.neighbours(of: Int(real)).prefix(neighbourCount)
            if !nearest.isEmpty {
                var random = Philox(seed: seed, stream: .pairing, key: key)
                foreground = Int(nearest[nearest.startIndex + random.integer(below: nearest.count)])
            }
        }
        return Frames(real: Int(real), fake: fake < 0 ? nil : Int(fake), foreground: foreground)
    }

    /// All anchors that the file has the frames for, and a sentence for each that it has not.
    static func possibleAnchors(_ file: DatasetFile, _ notes: inout [String]) -> Quadruple.Anchors {
        var anchors: Quadruple.Anchors = [.selfBlended]
        if file.neighbours?.neighbours.contains(where: { $0 >= 0 }) ?? false {
            anchors.insert(.crossBlended)
        } else {
            notes.append(
                file.neighbours == nil
                    ? "No cross-blended images: the file has no neighbour index."
                    : "No cross-blended images: all real frames are of one identity.")
        }
        if !file.videos.contains(where: \.isFake) {
            notes.append("No deepfakes: the file has real videos only.")
        } else if file.videos.contains(where: { $0.isFake && $0.target < 0 }) {
            notes.append("No deepfakes: some fake videos do not say which real video they were made from.")
        } else {
            anchors.insert(.deepfake)
        }
        return anchors
    }
}
