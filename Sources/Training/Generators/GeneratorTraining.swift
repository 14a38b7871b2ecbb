// GeneratorTraining.swift — makes the file of trained generators that the built-in world's fakes come from.
// What `blendway train-generators` runs. Networks and loop are GeneratorTrainer's.

import Foundation
import Imaging
import Store
import Synthesis
import Tensor

/// Draws pairs, trains the three networks one after the other, fits the face space.
public struct GeneratorTraining: Sendable {
    public struct Result: Codable, Sendable {
        /// Mean absolute error on pairs that training did not see, in grey levels, by upsampling.
        public var errors: [String: Double]
        public var pairs: Int
        public var weights: Int
    }

    private let people: Int
    private let pairsEach: Int
    private let epochs: Int
    private let seed: UInt64

    /// - Parameters:
    ///   - people: source persons, at least 2. They are nobody of any world: the seed is their own.
    ///   - pairsEach: scenes of each.
    public init(people: Int, pairsEach: Int, epochs: Int, seed: UInt64) {
        self.people = people
        self.pairsEach = pairsEach
        self.epochs = epochs
        // Worlds' seeds are small numbers; these people shall not turn up among theirs.
        self.seed = seed &+ 0x6765_6E65_7261_746F
    }

    /// Writes `path`, whole or not at all; `sheet`, if any, shows what the generators make of pairs that they
    /// have not seen. `report` is told sentences.
    public func run(to path: String, sheet: String?, threads: Int, report: (String) -> Void) throws -> Result {
        let pool = try ThreadPool(threads: threads)
        let step = max(1, people * pairsEach / 10)
        var told = 0
        let pairs = GeneratorPairs(seed: seed, people: people, pairsEach: pairsEach, pool: pool) { done in
            if done / step > told / step { report("drew \(done) of \(people * pairsEach) pairs") }
            told = done
        }
        var networks: [GeneratorShape.Upsampling: [Float]] = [:]
        var errors: [String: Double] = [:]
        for upsampling in GeneratorShape.Upsampling.allCases {
            let trainer = GeneratorTrainer(upsampling, seed: seed, pool: pool)
            let error = try trainer.train(pairs, epochs: epochs, seed: seed) { epoch, error in
                report("\(upsampling): epoch \(epoch) of \(epochs), error \(String(format: "%.2f", error)) grey levels")
            }
            networks[upsampling] = trainer.weights
            errors["\(upsampling)"] = error
        }
        let space = FaceSpaceFit.fit(pairs.truths, seed: seed, pool: pool)
        let bytes = GeneratorWeights.bytes(networks: networks, mean: space.mean, basis: space.basis)
        try AtomicFile.write(to: path) { try Foundation.Data(bytes).write(to: URL(fileURLWithPath: $0)) }
        if let sheet {
            let picture = Self.sheet(pairs, try GeneratorWeights(bytes, file: path))
            try AtomicFile.write(to: sheet) { try PNG.write(picture, $0) }
        }
        return Result(
            errors: errors, pairs: pairs.count, weights: networks.values.reduce(0) { $0 + $1.count })
    }

    /// Rows of: source bent, target, truth, the three networks, the face space.
    private static func sheet(_ pairs: GeneratorPairs, _ generators: GeneratorWeights) -> Image {
        let (rows, side, columns) = (min(12, pairs.count), FaceCrop.side, 7)
        var pixels = [UInt8](repeating: 0, count: rows * side * columns * side * 3)
        for row in 0..<rows {
            let pair = pairs.count - 1 - row
            func plane(_ pictures: [UInt8]) -> Plane {
                let first = pair * GeneratorPairs.values
                return Plane(
                    side: side,
                    pixels: (0..<side * side).map { pixel in
                        SIMD3((0..<3).map { Float(pictures[first + 3 * pixel + $0]) })
                    })
            }
            let (source, target) = (plane(pairs.sources), plane(pairs.targets))
            let shown = [source, target, plane(pairs.truths)]
                + GeneratorShape.Upsampling.allCases.map { generators.networks[$0]!.swap(source: source, target: target) }
                + [generators.faceSpace.projected(source)]
            for (column, face) in shown.enumerated() {
                for pixel in 0..<side * side {
                    let to = ((row * side + pixel / side) * columns * side + column * side + pixel % side) * 3
                    for channel in 0..<3 { pixels[to + channel] = UInt8(face.pixels[pixel][channel] + 0.5) }
                }
            }
        }
        return Image(width: columns * side, height: rows * side, pixels: pixels)
    }
}
