// PhiloxTests.swift — the generator against published vectors, and its contract about keys.

import Tensor
import Testing

@Suite struct PhiloxTests {
    /// Known answers of Philox4x32-10 as published with Random123: zeros, ones, digits of π.
    static let knownAnswers: [(counter: [UInt32], key: [UInt32], output: [UInt32])] = [
        ([0, 0, 0, 0], [0, 0], [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
        (
            [.max, .max, .max, .max], [.max, .max],
            [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
        ),
        (
            [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0],
            [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
        ),
    ]

    @Test(arguments: knownAnswers.indices) func blocksEqualThePublishedVectors(index: Int) {
        let (c, k, expected) = Self.knownAnswers[index]
        let block = Philox.block(counter: (c[0], c[1], c[2], c[3]), key: (k[0], k[1]))
        #expect([block.0, block.1, block.2, block.3] == expected)
    }

    @Test func drawsFollowTheDocumentedCounter() {
        let seed: UInt64 = 0x0123_4567_89AB_CDEF
        let sample = 0x0000_0012_8765_4321
        var random = Philox(seed: seed, stream: .blend, epoch: 0x00AB_CDEF, sample: sample)
        for index: UInt32 in 0..<5 {
            // Stream 4 above the epoch, then the sample's halves.
            let block = Philox.block(
                counter: (index, 0x04AB_CDEF, 0x8765_4321, 0x12), key: (0x89AB_CDEF, 0x0123_4567))
            #expect((0..<4).map { _ in random.next32() } == [block.0, block.1, block.2, block.3])
        }
    }

    @Test func sixtyFourBitsAreTwoDrawsLowHalfFirst() {
        var (words, halves) = (Philox(seed: 3, stream: .test), Philox(seed: 3, stream: .test))
        for _ in 0..<5 {
            let word: UInt64 = words.next()
            let low = UInt64(halves.next32())
            #expect(word == UInt64(halves.next32()) << 32 | low)
        }
    }

    @Test func equalKeysGiveEqualSequencesAndACopyForks() {
        var a = Philox(seed: 5, stream: .shuffle, epoch: 2, sample: 9)
        var b = Philox(seed: 5, stream: .shuffle, epoch: 2, sample: 9)
        #expect((0..<50).allSatisfy { _ in a.next32() == b.next32() })
        var fork = a
        let expected = (0..<10).map { _ in a.next32() }
        #expect((0..<10).map { _ in fork.next32() } == expected)
    }

    @Test func noTwoKeysShareABlock() {
        let streams: [Philox.Stream] = [
            .initialization, .shuffle, .pairing, .blend, .elastic, .augmentation, .bridge,
            .transitionNoise, .stochasticDepth, .synthesis, .dropout, .perturbation, .test,
        ]
        #expect(Set(streams.map(\.rawValue)).count == streams.count)
        var seen: Set<[UInt32]> = []
        var drawn = 0
        for seed: UInt64 in [0, 1, 1 << 32, .max] {
            for stream in streams {
                for epoch in [0, 1, (1 << 24) - 1] {
                    for sample in [0, 1, 1 << 32, Int.max] {
                        var random = Philox(seed: seed, stream: stream, epoch: epoch, sample: sample)
                        for _ in 0..<8 {
                            seen.insert((0..<4).map { _ in random.next32() })
                            drawn += 1
                        }
                    }
                }
            }
        }
        #expect(seen.count == drawn)
    }

    @Test func variantsOfASampleKeyDiffer() {
        var seen: Set<UInt64> = []
        for sample in 0..<4 {
            for variant in 0..<256 {
                var random = Philox(
                    seed: 1, stream: .stochasticDepth, key: SampleKey(epoch: 3, sample: sample),
                    variant: variant)
                let word: UInt64 = random.next()
                seen.insert(word)
            }
        }
        #expect(seen.count == 4 * 256)
    }
}
