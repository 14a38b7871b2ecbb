// FrameNumberTests.swift — frame numbers of 64 bits, how far pairs may be apart, and the format's versions.

import Foundation
import Store
import TestSupport
import Testing

@Suite struct FrameNumberTests {
    private func write(_ path: String, numbers: [Int64], maxPairDistance: Int64? = nil) throws {
        let description = DatasetDescription(dataset: "x", split: "train", maxPairDistance: maxPairDistance)
        let writer = try DatasetWriter(path, description: description, height: 4, width: 4, landmarkCount: 68)
        let video = writer.addVideo(DatasetVideo(name: "a", method: "real", isFake: false, identity: "a"))
        for number in numbers {
            try writer.addFrame(
                image: [UInt8](repeating: 9, count: 48), landmarks: [Float](repeating: 1, count: 136), video: video, index: number)
        }
        _ = try writer.finish()
    }

    private func version(_ path: String) throws -> String {
        try HDF5File.open(path).root.attributes.string("format_version")
    }

    @Test func numbersBeyond32BitsAreKeptInAVersionThatOlderReleasesRefuse() throws {
        try withTemporaryFolder { folder in
            let numbers: [Int64] = [3, 1_700_000_000_123_456_789, .max]
            try write("\(folder)/long.h5", numbers: numbers)
            let file = try DatasetFile("\(folder)/long.h5")
            #expect(file.frameIndices == numbers)
            try file.verifyContentHash()
            #expect(try version("\(folder)/long.h5").hasPrefix("2."))
            #expect(try HDF5File.open("\(folder)/long.h5").root.group("frames").dataset("index").elementType == .int64)

            try write("\(folder)/short.h5", numbers: [0, Int64(Int32.max)])
            #expect(try version("\(folder)/short.h5").hasPrefix("1."))
            #expect(try HDF5File.open("\(folder)/short.h5").root.group("frames").dataset("index").elementType == .int32)
            #expect(throws: StoreError.self) { try write("\(folder)/bad.h5", numbers: [-1]) }
            #expect(throws: StoreError.self) { try write("\(folder)/bad.h5", numbers: [.max, .max]) }
        }
    }

    @Test func aFileSaysHowFarPairsMayBeApart() throws {
        try withTemporaryFolder { folder in
            for distance: Int64? in [nil, 0, 7] {
                try write("\(folder)/d.h5", numbers: [1], maxPairDistance: distance)
                #expect(try DatasetFile("\(folder)/d.h5").description.maxPairDistance == distance)
            }
        }
    }
}
