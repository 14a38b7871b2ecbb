// TrainingRecordTests.swift — what a checkpoint says it was trained on, in memory and in the file.

import Foundation
import Store
import Testing

@Suite struct TrainingRecordTests {
    let folder = TemporaryFolder()

    private func hashes(_ values: some Sequence<UInt64>) -> [ShortHash] { values.map { ShortHash(value: $0) } }

    @Test func aSampleIsTheSmallestHashesAndSaysWhatItCannotTell() {
        let whole = HashSample(hashes([9, 3, 3, 7]))
        #expect(whole.hashes == hashes([3, 7, 9]) && !whole.isSampled)
        #expect(whole.contains(ShortHash(value: 7)) == true && whole.contains(ShortHash(value: 8)) == false)
        #expect(whole.contains(ShortHash(value: .max)) == false)

        let sample = HashSample(hashes((1...10).map { $0 * 10 }), capacity: 4)
        #expect(sample.hashes == hashes([10, 20, 30, 40]) && sample.isSampled)
        #expect(sample.contains(ShortHash(value: 40)) == true && sample.contains(ShortHash(value: 35)) == false)
        #expect(sample.contains(ShortHash(value: 50)) == nil, "it is in the set, but not in the sample")
        #expect(HashSample([]).contains(ShortHash(value: 0)) == false)
    }

    @Test func aUnionOfSamplesIsTheSampleOfTheUnion() {
        let (a, b) = ((1...50).map { UInt64($0) * 7 }, (1...30).map { UInt64($0) * 11 })
        for capacity in [4, 20, 60, 1000] {
            let parts = HashSample(hashes(a), capacity: capacity).union(
                HashSample(hashes(b), capacity: capacity), capacity: capacity)
            let all = HashSample(hashes(a + b), capacity: capacity)
            #expect(parts == all, "capacity \(capacity)")
        }
    }

    private var record: TrainingRecord {
        TrainingRecord(
            frames: HashSample(hashes([1, .max, 0x0123_4567_89AB_CDEF]), capacity: 2), videos: HashSample(hashes([5])),
            people: HashSample([]), isComplete: false)
    }

    @Test func itComesBackFromTheFileAndIsNoPartOfTheContentHash() throws {
        var contents = sampleContents()
        let (plain, path) = (folder.file("plain.h5"), folder.file("c.h5"))
        try Checkpoint.write(contents, to: plain)
        contents.trainedOn = record
        try Checkpoint.write(contents, to: path)
        #expect(try Checkpoint.read(path) == contents)
        #expect(try Checkpoint.read(plain).trainedOn == nil)
        func hash(_ path: String) throws -> String { try HDF5File.open(path).root.attributes.string("content_sha256") }
        #expect(try hash(path) == hash(plain), "so releases that don't know it can verify the rest")
    }

    @Test func aChangedRecordIsABrokenFile() throws {
        let path = folder.file("c.h5")
        var contents = sampleContents()
        contents.trainedOn = record
        try Checkpoint.write(contents, to: path)
        let file = try HDF5File.change(path, reportedAs: path)
        try file.root.group("trained_on").dataset("videos").write([UInt8](repeating: 9, count: 8))
        try file.close()
        let error = try #require(storeError { _ = try Checkpoint.read(path) })
        #expect(error.meansBrokenFile && "\(error)".contains("changed or damaged"))
    }
}
