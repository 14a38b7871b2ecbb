// LoaderTests.swift — a batch is a function of the sampler and the seed alone: not of threads, ranks,
// or where the run began.

import Blend
import Data
import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct LoaderTests {
    /// What a loader gives, in a form that can be compared.
    struct Made: Equatable {
        var key: SampleKey
        /// By anchor.
        var pictures: [[UInt8]]
    }

    struct Step: Equatable {
        var step: Int
        var made: [Made] = []
        var quarantined: [Quarantined] = []
    }

    static func sampler(_ samples: TrainingSamples, globalBatch: Int = 5) -> Sampler {
        Sampler(sampleCount: samples.count, globalBatch: globalBatch, epochs: 2, seed: 7)
    }

    private func loader(
        _ samples: TrainingSamples, from first: Int = 0, globalBatch: Int = 5, size: Int = 48, seed: UInt64 = 7,
        augment: Bool = true, rank: Int = 0, ranks: Int = 1, threads: Int = 2, prefetch: Int = 2
    ) throws -> Loader {
        try Loader(
            samples, sampler: Self.sampler(samples, globalBatch: globalBatch), firstStep: first, size: size,
            seed: seed, augment: augment, rank: rank, ranks: ranks, threads: threads, prefetch: prefetch)
    }

    private func contents(_ batch: LoadedBatch) -> Step {
        var made = batch.samples.map { Made(key: $0, pictures: []) }
        var places: [Int] = []
        batch.forEachImage { place, bytes in
            #expect(bytes.count == batch.imageBytes)
            places.append(place)
            made[place % made.count].pictures.append(Array(bytes))
        }
        #expect(places == Array(0..<made.count * batch.anchorCount), "by anchor, then by sample")
        return Step(step: batch.step, made: made, quarantined: batch.quarantined)
    }

    /// All steps to the end.
    private func all(_ loader: Loader) -> [Step] {
        defer { loader.stop() }
        var steps: [Step] = []
        while let batch = loader.next() { steps.append(contents(batch)) }
        #expect(loader.next() == nil)
        return steps
    }

    /// The ranks' steps put together.
    private func joined(_ ranks: [[Step]]) -> [Step] {
        ranks[0].indices.map { index in
            ranks.dropFirst().reduce(into: ranks[0][index]) { whole, rank in
                #expect(rank[index].step == whole.step)
                whole.made += rank[index].made
                whole.quarantined += rank[index].quarantined
            }
        }
    }

    private func withSamples<R>(
        _ dataset: LoaderDataset = LoaderDataset(), _ anchors: Quadruple.Anchors = .all,
        _ body: (TrainingSamples) throws -> R
    ) throws -> R {
        try withTemporaryFolder { try body(TrainingSamples(dataset.open(in: $0), anchors: anchors)) }
    }

    @Test func threadsAndPrefetchDoNotShow() throws {
        try withSamples { samples in
            let alone = try all(loader(samples, threads: 1, prefetch: 1))
            #expect(alone.map(\.step) == Array(0..<5) && alone.map(\.made.count) == [5, 5, 5, 5, 4])
            #expect(alone.allSatisfy { $0.made.allSatisfy { $0.pictures.count == 4 } })
            #expect(alone.allSatisfy { $0.quarantined.isEmpty })
            var sampler = Self.sampler(samples)
            #expect(alone.map { $0.made.map(\.key) } == (0..<5).map { sampler.batch($0) })
            for threads in 2...4 {
                let isEqual = try all(loader(samples, threads: threads, prefetch: threads + 1)) == alone
                #expect(isEqual, "\(threads) threads")
            }
        }
    }

    @Test(arguments: [2, 3, 4, 7]) func ranksTogetherMakeTheBatchOfOne(ranks: Int) throws {
        try withSamples { samples in
            let alone = try all(loader(samples))
            // 7 ranks share batches of 5: some have nothing to do, and still take every step.
            let shares = try (0..<ranks).map { try all(loader(samples, rank: $0, ranks: ranks)) }
            #expect(shares.allSatisfy { $0.count == 5 })
            let isEqual = joined(shares) == alone
            #expect(isEqual)
        }
    }

    @Test(arguments: [1, 3, 4, 5, 9]) func resumingSkipsWhatWasSeen(first: Int) throws {
        try withSamples { samples in
            let whole = try all(loader(samples))
            let isEqual = try all(loader(samples, from: first)) == Array(whole.dropFirst(first))
            #expect(isEqual)
        }
    }

    @Test func seedsAndEpochsChangeThePicturesAndNothingElseDoes() throws {
        try withSamples { samples in
            let made = try all(loader(samples)).flatMap(\.made)
            let other = try all(loader(samples, seed: 8)).flatMap(\.made)
            #expect(made.map(\.key) == other.map(\.key))
            #expect(made.map(\.pictures) != other.map(\.pictures))
            for sample in 0..<12 {
                let uses = made.filter { $0.key.sample == sample }
                #expect(uses.count == 2 && uses[0].pictures != uses[1].pictures)
            }
            let smallBatches = try all(loader(samples, globalBatch: 2)).flatMap(\.made)
            let isEqual = smallBatches == made
            #expect(isEqual, "the batch size does not show in a sample")
        }
    }

    @Test func withoutAugmentationTheDeepfakeIsTheFrameOrItsMirrorImage() throws {
        let dataset = LoaderDataset()
        try withSamples(dataset, .deepfake) { samples in
            for made in try all(loader(samples, augment: false)).flatMap(\.made) {
                #expect(made.pictures.count == 2)
                let image = dataset.image(made.key.sample)
                let size = LoaderDataset.size
                let mirrored = image.indices.map { place in
                    let (pixel, channel) = (place / 3, place % 3)
                    return image[(pixel / size * size + size - 1 - pixel % size) * 3 + channel]
                }
                #expect(made.pictures[1] == image || made.pictures[1] == mirrored)
            }
        }
    }

    @Test(arguments: [Quadruple.Anchors.selfBlended, [.selfBlended, .crossBlended], .deepfake, .all])
    func onlyTheAnchorsWantedAreMade(anchors: Quadruple.Anchors) throws {
        try withSamples(LoaderDataset(), anchors) { samples in
            let count = 1 + anchors.rawValue.nonzeroBitCount
            let loader = try loader(samples)
            defer { loader.stop() }
            let batch = try #require(loader.next())
            #expect(batch.anchorCount == count && batch.imageBytes == 48 * 48 * 3)
            let made = contents(batch).made
            #expect(made.count == 5 && made.allSatisfy { Set($0.pictures).count == count }, "no two anchors are equal")
        }
    }

    @Test func otherSizesAreResized() throws {
        try withSamples(LoaderDataset(), .selfBlended) { samples in
            let steps = try all(loader(samples, size: 64))
            #expect(steps.allSatisfy { $0.quarantined.isEmpty })
            #expect(steps.flatMap(\.made).allSatisfy { $0.pictures.allSatisfy { $0.count == 64 * 64 * 3 } })
        }
    }

    // MARK: Bad samples

    /// Spoils the stored bytes of a frame's picture.
    private func damage(_ image: [UInt8], in path: String) throws {
        var content = try Data(contentsOf: URL(fileURLWithPath: path))
        let place = try #require(content.range(of: Data(image))).lowerBound
        content[place + 1000] ^= 0x40
        try content.write(to: URL(fileURLWithPath: path))
    }

    @Test func badSamplesArePutAsideWithTheirReasonsTheSameForAnyRankCount() throws {
        try withTemporaryFolder { folder in
            // Real frames 12…23 belong to samples 0…11, frame 14 to the fake with number 25, too.
            let dataset = LoaderDataset(degenerate: [15], lonely: [18])
            let path = folder + "/bad.h5"
            try dataset.write(to: path)
            try damage(dataset.image(9), in: path)
            let samples = try TrainingSamples(DatasetFile(path), anchors: .all)
            let alone = try all(loader(samples))
            let bad = alone.flatMap(\.quarantined)
            #expect(Set(bad.map(\.sample)) == [3, 6, 9] && bad.count == 6, "each in both epochs")
            #expect(Set(alone.flatMap(\.made).map(\.key.sample)) == [0, 1, 2, 4, 5, 7, 8, 10, 11])
            for entry in bad {
                let reason = [3: "landmarks", 6: "neighbour", 9: "damaged"][entry.sample]!
                #expect(entry.reason.contains(reason), "\(entry.reason)")
                #expect(entry.method == "swap" && entry.video == "fake of \(["a", "b", "c"][entry.sample / 4])")
                #expect(entry.frame == LoaderDataset.numbers.fake[entry.sample % 4])
            }
            for ranks in 2...4 {
                let shares = try (0..<ranks).map { try all(loader(samples, rank: $0, ranks: ranks, threads: 3)) }
                let isEqual = joined(shares) == alone
                #expect(isEqual, "\(ranks) ranks")
            }
        }
    }

    @Test func aBatchOfBadSamplesIsEmptyAndNotMissing() throws {
        try withSamples(LoaderDataset(degenerate: Set(0..<24)), .selfBlended) { samples in
            let steps = try all(loader(samples))
            #expect(steps.count == 5 && steps.allSatisfy { $0.made.isEmpty })
            #expect(steps.map(\.quarantined.count) == [5, 5, 5, 5, 4])
        }
    }

    // MARK: Threads and memory

    @Test(arguments: [1, 2, 4]) func memoryIsBoundedByThePrefetch(prefetch: Int) throws {
        try withSamples(LoaderDataset(), .selfBlended) { samples in
            let loader = try loader(samples, globalBatch: 2, threads: 3, prefetch: prefetch)
            defer { loader.stop() }
            for step in 0..<12 {
                #expect(loader.next()?.step == step)
                #expect(loader.queued == min(prefetch, 11 - step))
            }
        }
    }

    /// A thread that went on would hold the loader's file.
    @Test(arguments: [0, 1, 5]) func stopEndsTheThreadsAtAnyTime(batchesBefore: Int) throws {
        try withTemporaryFolder { folder in
            weak var file: DatasetFile?
            do {
                let samples = try TrainingSamples(LoaderDataset().open(in: folder), anchors: .all)
                file = samples.file
                let loader = try loader(samples, threads: 4, prefetch: 3)
                for _ in 0..<batchesBefore { #expect(loader.next() != nil) }
                let start = ContinuousClock.now
                loader.stop()
                // What is being made is made to the end; nothing new is begun.
                #expect(ContinuousClock.now - start < .seconds(5))
                #expect(loader.next() == nil, "nothing comes after the stop")
                loader.stop()
            }
            #expect(file == nil)
        }
    }
}
