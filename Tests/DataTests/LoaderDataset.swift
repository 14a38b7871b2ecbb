// LoaderDataset.swift — a small dataset of noise with plausible landmarks, written for one test.

import Data
import Foundation
import Store
import Tensor

/// Three identities; of each a real video and a fake made from it, four frames each. The fakes stand
/// first and have frame 25 where the real ones have frame 20.
struct LoaderDataset {
    static let numbers: (real: [Int64], fake: [Int64]) = ([0, 10, 20, 30], [0, 10, 25, 30])
    static let size = 48

    var fakes = true
    var reals = true
    var targets = true
    /// The first so many fakes name no real video.
    var orphans = 0
    /// The first so many real videos have no frames; then there are no neighbours.
    var emptyReals = 0
    var people = 3
    var neighbours = true
    var landmarkCount = 68
    /// Frames of the file whose landmarks all lie in one point.
    var degenerate: Set<Int> = []
    /// Real frames of the file without any neighbour.
    var lonely: Set<Int32> = []

    /// Frames per video, and the first real frame of the file.
    static let framesPerVideo = 4
    static let firstReal = 12

    func image(_ frame: Int) -> [UInt8] {
        var random = Philox(seed: 5, stream: .test, sample: frame)
        let slope = (random.integer(in: -2...2), random.integer(in: -2...2))
        return (0..<Self.size * Self.size * 3).map { place in
            let (x, y) = (place / 3 % Self.size, place / 3 / Self.size)
            return UInt8(min(255, max(0, 128 + slope.0 * x + slope.1 * y / 2 + random.integer(in: -20...20))))
        }
    }

    /// An upright face by arcs of ellipses, a little different in each frame.
    func landmarks(_ frame: Int) -> [Float] {
        if degenerate.contains(frame) { return [Float](repeating: 20, count: landmarkCount * 2) }
        var points: [Float] = []
        let middle = (Float(22 + frame % 4), Float(23 + frame % 3))
        func arc(_ count: Int, _ x: Float, _ y: Float, _ rx: Float, _ ry: Float, from: Double, to: Double) {
            for i in 0..<count {
                let angle = from + (to - from) * Double(i) / Double(count - 1)
                points += [
                    middle.0 + x + rx * Float(cos(angle)), middle.1 + y + ry * Float(sin(angle)),
                ]
            }
        }
        arc(17, 0, 0, 16, 20, from: .pi, to: 0)  // jaw
        arc(5, -7, -6, 6, 3, from: .pi, to: 2 * .pi)  // brows
        arc(5, 7, -6, 6, 3, from: .pi, to: 2 * .pi)
        arc(4, 0, -1, 0.5, 5, from: -.pi / 2, to: .pi / 2)  // nose
        arc(5, 0, 5, 4, 1.5, from: .pi, to: 0)
        arc(6, -7, -3, 3, 1.5, from: .pi, to: 2.7 * .pi)  // eyes
        arc(6, 7, -3, 3, 1.5, from: .pi, to: 2.7 * .pi)
        arc(12, 0, 11, 7, 3, from: .pi, to: 2.8 * .pi)  // mouth
        arc(8, 0, 11, 5, 1.5, from: .pi, to: 2.7 * .pi)
        return points
    }

    func write(to path: String) throws {
        let writer = try DatasetWriter(
            path, description: DatasetDescription(dataset: "noise", split: "train"), height: Self.size,
            width: Self.size, landmarkCount: landmarkCount)
        var frame = 0
        func add(_ video: DatasetVideo, _ numbers: [Int64]) throws {
            let row = writer.addVideo(video)
            for number in numbers {
                try writer.addFrame(image: image(frame), landmarks: landmarks(frame), video: row, index: number)
                frame += 1
            }
        }
        let identities = ["a", "b", "c"].prefix(people)
        if fakes {
            for (index, identity) in identities.enumerated() {
                try add(
                    DatasetVideo(
                        name: "fake of \(identity)", method: "swap", isFake: true, identity: "",
                        target: targets && index >= orphans ? Int32(people + index) : -1), Self.numbers.fake)
            }
        }
        let first = Int32(frame)
        if reals {
            for (index, identity) in identities.enumerated() {
                try add(
                    DatasetVideo(name: identity, method: "original", isFake: false, identity: identity),
                    index < emptyReals ? [] : Self.numbers.real)
            }
        }
        if neighbours && reals && emptyReals == 0 {
            let real = first..<Int32(frame)
            for one in real {
                // All frames of the other two identities.
                let others = lonely.contains(one) ? [] : real.filter { ($0 - first) / 4 != (one - first) / 4 }
                let padding = [Int32](repeating: -1, count: 8 - others.count)
                try writer.addNeighbours(
                    frames: [one], count: 8, neighbours: others + padding,
                    distances: others.indices.map(Float.init) + padding.map(Float.init))
            }
        }
        _ = try writer.finish()
    }

    /// Writes it into the folder and opens it.
    func open(in folder: String) throws -> DatasetFile {
        let path = folder + "/\(UUID().uuidString).h5"
        try write(to: path)
        return try DatasetFile(path)
    }
}
