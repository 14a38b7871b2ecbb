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

    /// Fakes that no sample is made of; empty where deepfakes are not wanted.
    public let leftOut: UnpairedFakes

    public var count: Int { pairs.count }

    /// Fakes without frames of their real video are left out and counted in `leftOut`.
    /// - Parameters:
    ///   - anchors: which pictures are wanted beside the real one.
    ///   - neighbourCount: N, at least 1.
    /// - Throws: `DataError` if the file lacks what the anchors need, or nothing is left.
    public init(_ file: DatasetFile, anchors: Quadruple.Anchors, neighbourCount: Int = 3) throws {
        self.file = file
        self.anchors = anchors
        self.neighbourCount = neighbourCount
        guard file.videos.contains(where: { !$0.isFake }) else { throw DataError.noReals(file: file.path) }
        if anchors.contains(.crossBlended), !Self.hasNeighbours(file) { throw DataError.lackOfNeighbours(file) }
        var pairs: [(Int32, Int32)] = []
        var leftOut = UnpairedFakes()
        if anchors.contains(.deepfake) {
            guard file.videos.contains(where: \.isFake) else { throw DataError.noFakes(file: file.path) }
            let frames = VideoFrames(file)
            for frame in 0..<file.frameCount where file.video(of: frame).isFake {
                guard let place = frames.partner(of: frame) else {
                    leftOut.add(frame, of: file, isTooFar: frames.hasRealFrames(for: frame))
                    continue
                }
                let target = Int(file.video(of: frame).target)
                pairs.append((Int32(frames.byVideo[target][place].frame), Int32(frame)))
            }
            if pairs.isEmpty, let example = leftOut.example {
                guard leftOut.videos > 0 else {
                    throw DataError.noPairs(file: file.path, frames: leftOut.framesTooFar, example: example)
                }
                throw DataError.noTargets(file: file.path, videos: leftOut.videos, example: example)
            }
        } else {
            for frame in 0..<file.frameCount where !file.video(of: frame).isFake {
                pairs.append((Int32(frame), -1))
            }
        }
        guard !pairs.isEmpty else { throw DataError.nothingToTrain(file: file.path) }
        self.pairs = pairs
        self.leftOut = leftOut
    }

    /// What to tell a user of an older file, which takes the nearest real frame however far it is; nil where all
    /// have the real frame of their number, or the file says how far is allowed.
    public var pairWarning: String? {
        guard anchors.contains(.deepfake), file.description.maxPairDistance == nil else { return nil }
        let counts = VideoFrames(file).counts
        guard counts.near > 0, let median = counts.medianDistance, let most = counts.maxDistance else { return nil }
        return "\(file.path): \(counts.near) of \(counts.total) fake frames go with a real frame of another number, "
            + "\(median) away (median; at most \(most)); the file doesn't say that this is wanted. Look with blendway "
            + "inspect --pairs, and import it again"
    }

    /// Whether any frame has somebody else's face to take a foreground from.
    private static func hasNeighbours(_ file: DatasetFile) -> Bool {
        file.neighbours?.neighbours.contains { $0 >= 0 } ?? false
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
        if hasNeighbours(file) {
            anchors.insert(.crossBlended)
        } else {
            notes.append(
                file.neighbours == nil
                    ? "No cross-blended images: the file has no neighbour index."
                    : "No cross-blended images: all real frames are of one identity.")
        }
        if !file.videos.contains(where: \.isFake) {
            notes.append("No deepfakes: the file has real videos only.")
        } else if VideoFrames(file).counts.pairs > 0 {
            anchors.insert(.deepfake)
        } else {
            notes.append("No deepfakes: no fake video has its real video in the file.")
        }
        return anchors
    }
}
