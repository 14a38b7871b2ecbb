// GeneratorTrainingTests.swift — the layers that are trained are those that the world's generators run.

import Foundation
import Synthesis
import Tensor
import Testing
import Training

@Suite struct GeneratorTrainingTests {
    @Test(arguments: GeneratorShape.Upsampling.allCases)
    func trainingLowersTheErrorAndTheTrainedNetworkIsTheOneThatRuns(upsampling: GeneratorShape.Upsampling) throws {
        let pool = try ThreadPool(threads: 2)
        let pairs = GeneratorPairs(seed: 900, people: 8, pairsEach: 4, pool: pool) { _ in }
        let trainer = GeneratorTrainer(upsampling, seed: 1, pool: pool)
        var first = 0.0
        var last = 0.0
        let held = try trainer.train(pairs, epochs: 12, seed: 1) { epoch, error in
            if epoch == 1 { first = error }
            last = error
        }
        #expect(last < 0.9 * first, "\(first) → \(last)")

        // The same error from the network that draws fakes, on the pairs that were held out.
        let network = GeneratorNetwork(GeneratorShape(upsampling), weights: trainer.weights)
        let values = FaceSpace.dimension
        func plane(_ pictures: [UInt8], _ pair: Int) -> Plane {
            Plane(
                side: FaceCrop.side,
                pixels: (0..<values / 3).map { pixel in
                    SIMD3((0..<3).map { Float(pictures[pair * values + 3 * pixel + $0]) })
                })
        }
        let tested = pairs.count - pairs.count / 16..<pairs.count
        var sum = 0.0
        for pair in tested {
            let made = network.swap(source: plane(pairs.sources, pair), target: plane(pairs.targets, pair))
            let truth = plane(pairs.truths, pair)
            for pixel in made.pixels.indices {
                for channel in 0..<3 { sum += Double(abs(made.pixels[pixel][channel] - truth.pixels[pixel][channel])) }
            }
        }
        let error = sum / Double(tested.count * values)
        // Only the clamping to 0…255 is not in the training's own error.
        #expect(abs(error - held) < 0.02 * held, "\(error) beside \(held)")
    }
}
