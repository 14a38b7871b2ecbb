// FrameNumbersTests.swift — the frames' numbers in ordinary names, and names that tell none.

import Data
import Testing

@Suite struct FrameNumbersTests {
    /// Names, and the number of each; nil for a stray.
    @Test(arguments: [
        (["000.png", "001.png", "010.png"], [0, 1, 10]),
        (["frame_0.png", "frame_2.png", "frame_10.png"], [0, 2, 10]),
        (["frame7.png", "frame8.png", "Frame12.PNG"], [7, 8, 12]),
        (["012_003.png", "012_004.png", "012_011.png"], [3, 4, 11]),
        (["000_003_frame0012.png", "000_003_frame0013.png"], [12, 13]),
        (["img (1).jpg", "img (12).jpg", "img (2).jpeg"], [1, 12, 2]),
        (["1700000000123456789.png", "1700000000163456789.png"], [1_700_000_000_123_456_789, 1_700_000_000_163_456_789]),
        (["0012_of_0300.png", "0013_of_0300.png"], [12, 13]),
        (["7.png", "08.png", "009.png", "10.png"], [7, 8, 9, 10]),
        (["0001_0040.png", "0002_0080.png", "0010_0400.png"], [40, 80, 400]),
        (["shot1_001.png", "shot1_002.png", "shot2_003.png"], [1, 2, 3]),
        (["5/face.png", "6/face.png", "12/face.png"], [5, 6, 12]),
        (["003.png", "003 (1).png", "004.png", "005.png"], [3, nil, 4, 5]),
        (["000.png", "cover.jpg", "001.png", "thumbs.png"], [0, nil, 1, nil]),
        (["003.jpg", "003.png", "004.jpg"], [nil, 3, 4]),
        (["0.040.png", "0.080.png", "0.120.png"], [40, 80, 120]),
        (["frame_12.png"], [12]),
        (["a-1.b.png", "a-2.b.png"], [1, 2]),
    ] as [([String], [Int64?])])
    func theNumberIsTheLastRunThatVaries(names: [String], expected: [Int64?]) {
        let numbers = FrameNumbers(names)
        #expect(numbers.problem == nil)
        var found = [Int64?](repeating: nil, count: names.count)
        for frame in numbers.frames { found[frame.place] = frame.number }
        #expect(found == expected)
        #expect(Set(numbers.strays.map(\.place)) == Set(names.indices.filter { expected[$0] == nil }))
        #expect(numbers.frames.map(\.number) == expected.compactMap { $0 }.sorted())
    }

    @Test(arguments: [
        (["a.png", "b.png"], "no name has a number"),
        (["d41d8cd9.png", "8f00b204.png", "e9800998.png", "ecf8427e.png"], "different forms"),
        (["003.png", "03.png"], "both have the number 3"),
        (["shot1_001.png", "shot1_002.png", "shot2_001.png"], "both have the number 1"),
        (["f1_c98.png", "f2_c97.png", "f3_c99.png"], "not in one order"),
        (["10-59-30.png", "10-59-59.png", "11-00-02.png"], "not in one order"),
        (["99999999999999999999.png", "99999999999999999998.png"], "63 bits"),
        (["000.png", "000_mask.png", "001.png", "001_mask.png"], "different forms"),
        (["0.5.png", "0.25.png"], "fractions of different lengths"),
        (["0.960.png", "1.000.png", "1.040.png"], "not in one order"),
        ([String](), "no name has a number"),
        (["", "."], "no name has a number"),
    ])
    func namesThatTellNoNumberSaySoAndKeepTheirOrder(names: [String], clause: String) {
        let numbers = FrameNumbers(names)
        #expect(numbers.problem?.contains(clause) ?? false, "\(numbers.problem ?? "none")")
        #expect(numbers.scheme == nil && numbers.frames.map(\.number) == names.indices.map(Int64.init))
    }

    @Test func positionsFollowAPersonsOrder() {
        let numbers = FrameNumbers(positionsOf: ["f10.png", "f2.png", "f1.png"])
        #expect(numbers.frames.map(\.place) == [2, 1, 0] && numbers.frames.map(\.number) == [0, 1, 2])
    }
}
