// OverlapTests.swift — what two datasets share: people, videos, frames; however files are made and videos called.

import Data
import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct OverlapTests {
    /// Two people with a real video each and a fake of the first with the second's face, three frames a video.
    private struct Small {
        var dataset = "one"
        var people = ["anna", "ben"]
        var names = ["a", "b", "a_b"]
        var method = "swap"
        var side = 8
        var landmarkCount = 68
        var deflate: Int?
        /// Frames with other seeds have other pixels.
        var seeds: [UInt64] = [1, 2, 3]
        var blackFirstFrame = false
        var fakeIsPaired = true

        func open(_ path: String) throws -> HashedDataset {
            let writer = try DatasetWriter(
                path, description: DatasetDescription(dataset: dataset, split: "train"), height: side, width: side,
                landmarkCount: landmarkCount, deflate: deflate)
            let person = { (place: Int) in people.isEmpty ? "" : people[place] }
            let videos = [
                DatasetVideo(name: names[0], method: "original", isFake: false, identity: person(0)),
                DatasetVideo(name: names[1], method: "original", isFake: false, identity: person(1)),
                DatasetVideo(
                    name: names[2], method: method, isFake: true, identity: person(0), target: fakeIsPaired ? 0 : -1,
                    donor: person(1)),
            ]
            for (video, seed) in zip(videos, seeds) {
                let row = writer.addVideo(video)
                var random = Philox(seed: seed, stream: .test)
                var place = Philox(seed: seed, stream: .shuffle)
                for index in 0..<3 {
                    var pixels = (0..<side * side * 3).map { _ in UInt8(random.integer(below: 256)) }
                    if blackFirstFrame && index == 0 { pixels = pixels.map { _ in 0 } }
                    let points = (0..<landmarkCount * 2).map { _ in place.uniform(0, Float(side)) }
                    try writer.addFrame(image: pixels, landmarks: points, video: row, index: Int32(index))
                }
            }
            _ = try writer.finish()
            return try HashedDataset(DatasetFile(path))
        }
    }

    private func overlap(
        _ first: Small = Small(), _ change: (inout Small) -> Void
    ) throws -> DatasetOverlap {
        try withTemporaryFolder { folder in
            var second = first
            change(&second)
            return DatasetOverlap(try first.open("\(folder)/a.h5"), try second.open("\(folder)/b.h5"))
        }
    }

    /// Rows of the videos in both files, and their common frames.
    private func shared(_ overlap: DatasetOverlap) -> [[Int]] { overlap.frames.map { [$0.first, $0.second, $0.frames] } }

    @Test func aCopySharesEverything() throws {
        let found = try overlap { _ in }
        #expect(found.people == ["anna", "ben"])
        #expect(found.videos.map(\.first) == [0, 1, 2] && found.videos.map(\.second) == [0, 1, 2])
        #expect(shared(found) == (0..<3).map { [$0, $0, 3] } && found.frameCount == 9)
    }

    @Test func aCopyOfUnknownPeopleSharesVideosAndFrames() throws {
        var unknown = Small()
        unknown.people = []
        try withTemporaryFolder { folder in
            let files = [try unknown.open("\(folder)/a.h5"), try unknown.open("\(folder)/b.h5")]
            let check = SplitCheck(files)
            #expect(check.isShared && check.people.isEmpty)
            #expect(check.pairs.map { $0.overlap.videos.count } == [3] && check.pairs.map { $0.overlap.frameCount } == [9])
            #expect(check.unknown.map(\.people) == [3, 3] && check.unknown.map(\.videos) == [3, 3])
        }
    }

    @Test func framesAreFoundUnderOtherNamesMethodsDatasetsAndInOtherStorage() throws {
        let found = try overlap {
            ($0.dataset, $0.method, $0.names, $0.people) = ("two", "other", ["x", "y", "z"], ["xenia", "yves"])
            ($0.deflate, $0.landmarkCount) = (9, 81)
        }
        #expect(found.people.isEmpty && found.videos.isEmpty)
        #expect(shared(found) == (0..<3).map { [$0, $0, 3] })
    }

    @Test func aVideoOfOneNameIsTheSameInOneDatasetOnly() throws {
        func change(_ small: inout Small) { (small.seeds, small.people) = ([7, 8, 9], ["carl", "dora"]) }
        let same = try overlap { change(&$0) }
        #expect(same.videos.count == 3 && same.frames.isEmpty && same.people.isEmpty && !same.isEmpty)
        #expect(try overlap { change(&$0); $0.dataset = "two" }.isEmpty)
        // A merged file is of both.
        #expect(try overlap { change(&$0); $0.dataset = "two+one" }.videos.count == 3)
        // Other crops of the same videos.
        let larger = try overlap { $0.side = 16 }
        #expect(larger.videos.count == 3 && larger.frames.isEmpty)
    }

    @Test func onlyRealVideosOrOneFrameAreFoundToo() throws {
        let reals = try overlap {
            ($0.seeds, $0.method, $0.names[2], $0.people) = ([1, 2, 9], "new", "n", ["", ""])
            $0.dataset = "two"
        }
        #expect(reals.frames.map(\.second) == [0, 1] && reals.frameCount == 6)

        try withTemporaryFolder { folder in
            // Frame 1 of the second video takes the place of one of the others' pictures.
            var other = Small()
            (other.seeds, other.people, other.dataset) = ([7, 8, 9], ["", ""], "two")
            let first = try Small().open("\(folder)/a.h5")
            let path = "\(folder)/b.h5"
            _ = try other.open(path)
            let writer = try DatasetWriter(
                "\(folder)/c.h5", description: DatasetDescription(dataset: "two", split: "val"), height: 8, width: 8,
                landmarkCount: 68)
            let file = try DatasetFile(path)
            let row = writer.addVideo(DatasetVideo(name: "v", method: "original", isFake: false, identity: ""))
            for frame in 0..<9 {
                try writer.addFrame(
                    image: frame == 5 ? first.file.readImage(4) : file.readImage(frame),
                    landmarks: Array(file.landmarks(of: frame)), video: row, index: Int32(frame))
            }
            _ = try writer.finish()
            let found = DatasetOverlap(first, try HashedDataset(DatasetFile("\(folder)/c.h5")))
            #expect(shared(found) == [[1, 0, 1]] && found.videos.isEmpty)
        }
    }

    @Test func aFakesTargetAndDonorArePeopleOfTheFile() throws {
        // Nothing of the first file but its people: filmed there, and lending a face here.
        let found = try overlap {
            ($0.seeds, $0.names, $0.people, $0.dataset) = ([7, 8, 9], ["x", "y", "z"], ["carl", "anna"], "two")
            $0.fakeIsPaired = false
        }
        #expect(found.people == ["anna"] && found.videos.isEmpty && found.frames.isEmpty)
    }

    @Test func blackFramesAreNoSign() throws {
        var small = Small()
        small.blackFirstFrame = true
        let found = try overlap(small) {
            ($0.seeds, $0.names, $0.people) = ([7, 8, 9], ["x", "y", "z"], ["carl", "dora"])
        }
        #expect(found.isEmpty)
    }

    @Test func filesWithoutHashesAreReadAndFramesThatCannotBeAreCounted() throws {
        try withTemporaryFolder { folder in
            let (a, b) = ("\(folder)/a.h5", "\(folder)/b.h5")
            let first = try Small().open(a)
            _ = try Small().open(b)
            try DatasetTampering.damage([4], of: b)
            try DatasetTampering.removeHashes(from: b)
            let file = try DatasetFile(b)
            #expect(file.frameHashes == nil)
            let second = try HashedDataset(file)
            #expect(second.unreadable == 1 && second.isHashed)
            #expect(DatasetOverlap(first, second).frames.map(\.frames) == [3, 2, 3])
            #expect(SplitCheck([first, second]).unknown.map(\.frames) == [0, 1])

            let tooLarge = try HashedDataset(file, readLimit: 9 * 8 * 8 * 3 - 1)
            #expect(!tooLarge.isHashed && DatasetOverlap(first, tooLarge).frames.isEmpty)
            #expect(DatasetOverlap(first, tooLarge).videos.count == 3)
        }
    }

    // MARK: Merging, splitting

    @Test func aMergeRefusesCopiesUnderOtherNamesAndCountsSingleFrames() throws {
        try withTemporaryFolder { folder in
            var other = Small()
            (other.names, other.method, other.seeds) = (["x", "y", "z"], "m", [7, 2, 9])
            let files = [try Small().open("\(folder)/a.h5"), try other.open("\(folder)/b.h5")]
            #expect { try DatasetMerge.doubledFrames(files) } throws: {
                "\($0)".contains("all frames of 'original/y' are in both, there as 'original/b'")
            }
            other.seeds = [7, 8, 9]
            #expect(try DatasetMerge.doubledFrames([files[0], other.open("\(folder)/c.h5")]) == 0)
        }
    }

    @Test func videosWithEqualFramesStayInOnePart() throws {
        try withTemporaryFolder { folder in
            // Four people that nobody has named, two of them filmed in one clip under two names.
            let writer = try DatasetWriter(
                "\(folder)/all.h5", description: DatasetDescription(dataset: "d", split: "all"), height: 8, width: 8,
                landmarkCount: 68)
            for (video, seed) in [1, 2, 1, 3].enumerated() {
                let row = writer.addVideo(
                    DatasetVideo(name: "v\(video)", method: "original", isFake: false, identity: ""))
                var random = Philox(seed: UInt64(seed), stream: .test)
                for index in 0..<2 {
                    let pixels = (0..<192).map { _ in UInt8(random.integer(below: 256)) }
                    try writer.addFrame(
                        image: pixels, landmarks: (0..<136).map(Float.init), video: row, index: Int32(index))
                }
            }
            _ = try writer.finish()
            let dataset = try HashedDataset(DatasetFile("\(folder)/all.h5"))
            let parts = ["train", "val", "test"].map { DatasetSplit.Part(name: $0, share: 1.0 / 3) }
            #expect(try DatasetSplit(dataset, parts: parts).videos.contains([0, 2]))
        }
    }

    // MARK: Records in checkpoints

    @Test func aRecordFindsWhatWasTrainedOn() throws {
        try withTemporaryFolder { folder in
            let trained = try Small().open("\(folder)/a.h5")
            let record = TrainingRecord(of: trained)
            let itself = record.find(trained)
            #expect(record.isComplete && itself.framesCompared == 9 && itself.frames == 9)
            #expect(itself.videos == [0, 1, 2] && itself.people == ["anna", "ben"])

            var other = Small()
            (other.seeds, other.names, other.people) = ([1, 8, 9], ["x", "b", "z"], ["", "ben"])
            let found = record.find(try other.open("\(folder)/b.h5"))
            #expect(found.framesCompared == 9 && found.frames == 3 && found.videos == [0, 1] && found.people == ["ben"])

            (other.dataset, other.seeds, other.people) = ("two", [7, 8, 9], ["", ""])
            let apart = try other.open("\(folder)/c.h5")
            let nothing = record.find(apart)
            #expect(nothing.framesCompared == 9 && nothing.frames == 0 && nothing.videos.isEmpty && nothing.people.isEmpty)
            #expect(record.union(TrainingRecord(of: apart)).find(apart).frames == 9)
        }
    }
}
