// SamplerTests.swift — one stream of samples, whatever the batch and however many ranks.

import Data
import Tensor
import Testing

@Suite struct SamplerTests {
    private func stream(_ sampler: Sampler) -> [SampleKey] {
        var sampler = sampler
        return (0..<sampler.totalSteps).flatMap { sampler.batch($0) }
    }

    @Test(arguments: [1, 2, 7, 20], [1, 2, 3, 7, 19, 20, 21, 100])
    func everySampleIsSeenOnceAnEpochForAnyBatch(sampleCount: Int, globalBatch: Int) {
        let sampler = Sampler(sampleCount: sampleCount, globalBatch: globalBatch, epochs: 3, seed: 1)
        let seen = stream(sampler)
        #expect(seen.count == 3 * sampleCount && seen.count == sampler.positions)
        for epoch in 0..<3 {
            let part = seen[epoch * sampleCount..<(epoch + 1) * sampleCount]
            #expect(part.allSatisfy { $0.epoch == epoch })
            #expect(part.map(\.sample).sorted() == Array(0..<sampleCount))
        }
    }

    @Test func theBatchSizeDoesNotChangeTheStream() {
        let expected = stream(Sampler(sampleCount: 13, globalBatch: 1, epochs: 4, seed: 8))
        for globalBatch in 2...60 {
            #expect(stream(Sampler(sampleCount: 13, globalBatch: globalBatch, epochs: 4, seed: 8)) == expected)
        }
    }

    @Test func epochsAndSeedsAreShuffledDifferently() {
        let a = stream(Sampler(sampleCount: 40, globalBatch: 8, epochs: 2, seed: 1)).map(\.sample)
        let b = stream(Sampler(sampleCount: 40, globalBatch: 8, epochs: 2, seed: 2)).map(\.sample)
        #expect(a[..<40] != a[40...])
        #expect(a[..<40] != b[..<40])
        #expect(Array(a[..<40]) != Array(0..<40))
    }

    @Test func everyPlaceIsReachedByEverySample() {
        // 400 shuffles of 4 samples: each of the 24 orders about 17 times.
        let all = stream(Sampler(sampleCount: 4, globalBatch: 4, epochs: 400, seed: 3)).map(\.sample)
        var orders: [[Int]: Int] = [:]
        for epoch in 0..<400 { orders[Array(all[epoch * 4..<epoch * 4 + 4]), default: 0] += 1 }
        #expect(orders.count == 24)
        #expect(orders.values.max()! < 40)
    }

    @Test(arguments: 1...7) func sharesTogetherAreTheBatch(ranks: Int) {
        for globalBatch in [1, 2, 5, 7, 8, 24] {
            var whole = Sampler(sampleCount: 11, globalBatch: globalBatch, epochs: 3, seed: 4)
            var perRank = [Sampler](repeating: whole, count: ranks)
            for step in 0..<whole.totalSteps {
                let shares = perRank.indices.map { perRank[$0].share(step, rank: $0, ranks: ranks) }
                let batch = whole.batch(step)
                #expect(shares.flatMap { $0 } == batch)
                let sizes = shares.map(\.count)
                #expect(sizes.max()! - sizes.min()! <= 1, "shares \(sizes) are as even as can be")
            }
        }
    }

    @Test func onlyTheVeryLastBatchIsShort() {
        var sampler = Sampler(sampleCount: 10, globalBatch: 4, epochs: 3, seed: 1)
        #expect(sampler.totalSteps == 8)
        #expect((0..<8).map { sampler.batch($0).count } == [4, 4, 4, 4, 4, 4, 4, 2])
        #expect(sampler.batch(8).isEmpty && sampler.share(8, rank: 0, ranks: 2).isEmpty)
        // Step 2 crosses the border of epochs.
        #expect(sampler.batch(2).map(\.epoch) == [0, 0, 1, 1])
    }

    @Test func positionsStepsAndEpochsFit() {
        let sampler = Sampler(sampleCount: 10, globalBatch: 4, epochs: 3, seed: 1)
        #expect(sampler.positions == 30 && sampler.stepsPerEpoch == 3)
        #expect((0..<9).map { sampler.epoch(ofStep: $0) } == [0, 0, 0, 1, 1, 2, 2, 2, 2])
        let exact = Sampler(sampleCount: 12, globalBatch: 4, epochs: 2, seed: 1)
        #expect(exact.totalSteps == 6 && exact.stepsPerEpoch == 3)
        #expect((0..<6).map { exact.epoch(ofStep: $0) } == [0, 0, 0, 1, 1, 1])
        let wide = Sampler(sampleCount: 3, globalBatch: 100, epochs: 2, seed: 1)
        #expect(wide.totalSteps == 1 && wide.stepsPerEpoch == 1 && wide.epoch(ofStep: 0) == 0)
    }

    @Test func stepsMayBeAskedForInAnyOrder() {
        var forward = Sampler(sampleCount: 9, globalBatch: 4, epochs: 3, seed: 5)
        let expected = (0..<forward.totalSteps).map { forward.batch($0) }
        var backward = Sampler(sampleCount: 9, globalBatch: 4, epochs: 3, seed: 5)
        for step in (0..<backward.totalSteps).reversed() { #expect(backward.batch(step) == expected[step]) }
    }
}
