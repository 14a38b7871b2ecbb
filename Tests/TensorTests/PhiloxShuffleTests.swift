// PhiloxShuffleTests.swift — random orders against orders from a plain program in Python: they are what a resumed
// run relies on, and may never change.

import Tensor
import Testing

@Suite struct PhiloxShuffleTests {
    @Test(arguments: [
        (10, 1 as UInt64, 0, [3, 1, 8, 4, 2, 5, 7, 9, 6, 0]),
        (10, 1, 1, [9, 1, 7, 2, 0, 4, 5, 3, 6, 8]),
        (17, 0x0123_4567_89AB_CDEF, 12345, [13, 16, 1, 8, 2, 11, 3, 14, 7, 9, 4, 5, 0, 15, 6, 12, 10]),
    ])
    func theOrdersOfOldStay(count: Int, seed: UInt64, epoch: Int, expected: [Int]) {
        var random = Philox(seed: seed, stream: .shuffle, epoch: epoch)
        #expect(random.shuffled(0..<count) == expected)
    }

    @Test func aLongOrderStaysAndIsAPermutation() {
        var random = Philox(seed: 7, stream: .shuffle, epoch: 3)
        let order = random.shuffled(0..<5000)
        #expect(order.prefix(8) == [857, 2614, 4674, 1758, 2170, 3421, 1296, 3161])
        #expect(order.suffix(4) == [883, 243, 3377, 4401])
        #expect(order.sorted() == Array(0..<5000))
    }

    @Test func fewElements() {
        var random = Philox(seed: 1, stream: .shuffle)
        #expect(random.shuffled([Int]()).isEmpty)
        #expect(random.shuffled(["one"]) == ["one"])
    }
}
