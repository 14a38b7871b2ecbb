// PairedSelectionTests.swift — frames of a real video and of its fakes, chosen together.

import Data
import Testing

@Suite struct PairedSelectionTests {
    private func choose(_ real: [Int64], _ fakes: [[Int64]], _ count: Int, maxDistance: Int64 = 0) -> ([Int64], [[Int64]]) {
        let chosen = PairedSelection(real: real, fakes: fakes, count: count, maxDistance: maxDistance)
        return (chosen.real.map { real[$0] }, zip(fakes, chosen.fakes).map { numbers, places in places.map { numbers[$0] } })
    }

    @Test func videosOfOneLengthGiveTheSameMomentsEvenly() {
        let (real, fakes) = choose(Array(0..<270), [Array(0..<270), Array(0..<270)], 8)
        #expect(real == [0, 33, 67, 101, 135, 168, 202, 236])
        #expect(fakes == [real, real])
    }

    @Test func aShorterFakeDecidesWhichRealFramesAreTaken() {
        let (real, fakes) = choose(Array(0..<300), [Array(0..<100), Array(10..<300)], 8)
        #expect(fakes[0] == fakes[1] && real == fakes[0] && real.allSatisfy { (10..<100).contains($0) })
    }

    @Test func fakesWithNothingInCommonEachGetTheirRealFrames() {
        let (real, fakes) = choose(Array(0..<20), [Array(0..<8), Array(12..<20)], 4)
        #expect(fakes == [[0, 2, 4, 6], [12, 14, 16, 18]])
        #expect(real == [0, 2, 4, 6, 12, 14, 16, 18])
    }

    @Test func aFakeWithFewPairsIsFilledUpAndTakesNoneFromTheOthers() {
        let (real, fakes) = choose(Array(0..<12), [[3, 50, 51, 52, 53], Array(0..<12)], 4)
        #expect(fakes[0].count == 4 && fakes[0].contains(3))
        #expect(fakes[1].count == 4 && fakes[1].allSatisfy(real.contains) && real.contains(3))
    }

    @Test func nearFramesArePairsWithinTheDistance() {
        let (real, fakes) = choose([0, 10, 20, 30], [[1, 11, 22, 31]], 2, maxDistance: 1)
        #expect(fakes == [[1, 31]] || fakes == [[1, 11]])
        #expect(real.count == 2 && zip(real, fakes[0]).allSatisfy { abs($0 - $1) <= 1 })
    }

    @Test func nothingIsLostWhereThereIsNotEnough() {
        #expect(choose([], [[1, 2]], 4) == ([], [[1, 2]]))
        #expect(choose([1, 2], [], 4) == ([1, 2], []))
        #expect(choose([5], [[5], []], 1) == ([5], [[5], []]))
    }

    /// Whatever the numbers are, a chosen frame that can have a partner has it among the chosen.
    @Test func chosenFramesKeepTheirPartners() {
        var state: UInt64 = 42
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        for _ in 0..<500 {
            func numbers() -> [Int64] { Set((0..<random(40)).map { _ in Int64(random(60)) }).sorted() }
            let (real, fakes) = (numbers(), (0..<random(4)).map { _ in numbers() })
            let (count, distance) = (1 + random(10), Int64(random(3)))
            let (chosen, chosenFakes) = choose(real, fakes, count, maxDistance: distance)
            #expect(chosen.count >= min(count, real.count))
            for (fake, taken) in zip(fakes, chosenFakes) {
                #expect(taken.count == min(count, fake.count) && taken == taken.sorted())
                func pairs(_ numbers: [Int64], _ real: [Int64]) -> Int {
                    numbers.count { FramePairing.partner(of: $0, in: real, maxDistance: distance) != nil }
                }
                #expect(pairs(taken, chosen) == min(count, pairs(fake, real)))
            }
        }
    }
}
