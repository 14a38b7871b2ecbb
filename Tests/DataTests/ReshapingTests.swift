// ReshapingTests.swift — datasets put together and taken apart, with nobody in two parts.

import Data
import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct ReshapingTests {
    /// Real videos of `people`, two each, and fakes as pairs of target and donor.
    private func write(_ path: String, people: [String], fakes: [(String, String)], side: Int = 8, method: String = "swap") throws {
        let packer = try DatasetPacker(
            path, description: DatasetDescription(dataset: "hand-made", split: "train", compression: "c23"), height: side,
            width: side, landmarkCount: 68)
        var random = Philox(seed: UInt64(people.count), stream: .test)
        var rows: [String: Int32] = [:]
        func add(_ video: DatasetVideo) throws -> Int32 {
            let row = packer.addVideo(video)
            for index in 0..<3 {
                let pixels = (0..<side * side * 3).map { _ in UInt8(random.integer(below: 256)) }
                let points = (0..<136).map { _ in random.uniform(0, Float(side)) }
                try packer.addFrame(image: pixels, landmarks: points, video: row, index: Int64(index))
            }
            return row
        }
        for person in people {
            for take in 0..<2 {
                let row = try add(DatasetVideo(name: "\(person)\(take)", method: "original", isFake: false, identity: person))
                rows[person] = rows[person] ?? row
            }
        }
        for (target, donor) in fakes {
            _ = try add(
                DatasetVideo(
                    name: "\(target)_\(donor)", method: method, isFake: true, identity: target, target: rows[target] ?? -1,
                    donor: donor))
        }
        _ = try packer.finish(pool: ThreadPool(threads: 1))
    }

    private func people(_ file: DatasetFile) -> Set<String> {
        Set(file.videos.flatMap { [$0.identity, $0.donor] }).subtracting([""])
    }

    @Test func aSplitKeepsPeopleApartAndFakesWithTheirs() throws {
        try withTemporaryFolder { folder in
            let people = (0..<20).map { "p\($0)" }
            let fakes = stride(from: 0, to: 20, by: 2).map { ("p\($0)", "p\($0 + 1)") }
            try write("\(folder)/all.h5", people: people, fakes: fakes)
            let all = try DatasetFile("\(folder)/all.h5")
            let parts = [
                DatasetSplit.Part(name: "train", share: 0.6), .init(name: "val", share: 0.2), .init(name: "test", share: 0.2),
            ]
            let split = try DatasetSplit(all, parts: parts)
            #expect(split.groupSizes == [Int](repeating: 15, count: 10))
            #expect(split.frameCounts == [90, 30, 30])
            var seen: Set<String> = []
            var frames = 0
            for (number, part) in parts.enumerated() {
                let path = "\(folder)/\(part.name).h5"
                _ = try split.write(part: number, to: path, command: "split", pool: ThreadPool(threads: 2))
                let file = try DatasetFile(path)
                try file.verifyContentHash()
                #expect(file.description.split == part.name && file.description.compression == "c23")
                #expect(seen.isDisjoint(with: self.people(file)))
                seen.formUnion(self.people(file))
                frames += file.frameCount
                for video in file.videos where video.isFake {
                    #expect(file.videos[Int(video.target)].identity == video.identity)
                }
                // Pictures went with their videos.
                let frame = try #require((0..<file.frameCount).first { file.video(of: $0).isFake })
                let old = try #require(
                    (0..<all.frameCount).first {
                        all.video(of: $0).name == file.video(of: frame).name && all.frameIndices[$0] == file.frameIndices[frame]
                    })
                #expect(try file.readImage(frame) == all.readImage(old))
                #expect(Array(file.landmarks(of: frame)) == Array(all.landmarks(of: old)))
                let neighbours = try #require(file.neighbours)
                #expect(neighbours.frames.count == (0..<file.frameCount).count { !file.video(of: $0).isFake })
            }
            #expect(seen == Set(people) && frames == all.frameCount)
            #expect(DatasetSplit.shared(try parts.map { try DatasetFile("\(folder)/\($0.name).h5") }).isEmpty)
            #expect(try DatasetSplit(all, parts: parts).videos == split.videos)
            #expect(try DatasetSplit(all, parts: parts, seed: 9).videos != split.videos)
        }
    }

    @Test func peopleWhoHangTogetherAreNamedAndNotSplit() throws {
        try withTemporaryFolder { folder in
            // A chain: everyone lent the next one a face.
            try write("\(folder)/all.h5", people: ["a", "b", "c"], fakes: [("a", "b"), ("b", "c")])
            let file = try DatasetFile("\(folder)/all.h5")
            #expect {
                try DatasetSplit(file, parts: [.init(name: "train", share: 0.5), .init(name: "test", share: 0.5)])
            } throws: { "\($0)".contains("a, b, c") && "\($0)".contains("'a_b'") }
            // Of a fake without target and identity nobody knows who is in it.
            try write("\(folder)/odd.h5", people: ["a", "b", "c"], fakes: [("", "")])
            #expect {
                try DatasetSplit(
                    DatasetFile("\(folder)/odd.h5"), parts: [.init(name: "train", share: 0.5), .init(name: "test", share: 0.5)])
            } throws: { if case .unknownIdentity = $0 as? ImportError { true } else { false } }
        }
    }

    @Test func mergingAndSplittingAgainGivesTheSameFile() throws {
        try withTemporaryFolder { folder in
            try write("\(folder)/a.h5", people: ["a", "b"], fakes: [("a", "b")])
            try write("\(folder)/b.h5", people: ["c", "d", "e"], fakes: [("d", "e")])
            let merge = try DatasetMerge([DatasetFile("\(folder)/a.h5"), DatasetFile("\(folder)/b.h5")])
            let hash = try merge.write(
                to: "\(folder)/m.h5", description: merge.description(command: "merge"), pool: ThreadPool(threads: 2))
            let merged = try DatasetFile("\(folder)/m.h5")
            #expect(merged.contentHash == hash && merged.frameCount == 36 && merged.videos.count == 12)
            try merged.verifyContentHash()
            #expect(merged.videos.filter(\.isFake).map { merged.videos[Int($0.target)].name } == ["a0", "d0"])
            // Neighbours come from both files now.
            let near = try #require(merged.neighbours).neighbours(of: 0)
            #expect(near.contains { merged.video(of: Int($0)).identity == "c" })
        }
    }

    @Test func filesThatDoNotFitAreNotMerged() throws {
        try withTemporaryFolder { folder in
            try write("\(folder)/a.h5", people: ["a", "b"], fakes: [])
            try write("\(folder)/same.h5", people: ["b"], fakes: [])
            try write("\(folder)/large.h5", people: ["z"], fakes: [], side: 16)
            let a = try DatasetFile("\(folder)/a.h5")
            #expect { try DatasetMerge([a, DatasetFile("\(folder)/same.h5")]) } throws: { "\($0)".contains("'b0'") }
            #expect { try DatasetMerge([a, DatasetFile("\(folder)/large.h5")]) } throws: { "\($0)".contains("16×16") }
            let shared = DatasetSplit.shared([a, try DatasetFile("\(folder)/same.h5")])
            #expect(shared.map(\.person) == ["b"])
        }
    }

    @Test func aFileOfAnEarlierReleaseHasNoDonors() throws {
        try withTemporaryFolder { folder in
            try writeDataset("\(folder)/old.h5", neighbours: true)
            let file = try HDF5File.open("\(folder)/old.h5")
            #expect(try file.root.attributes.string("format_version") == "1.0")
            #expect(try file.root.group("videos").kind(of: "donor") == nil)
            #expect(try DatasetFile("\(folder)/old.h5").videos.allSatisfy { $0.donor.isEmpty })
            try write("\(folder)/new.h5", people: ["a", "b"], fakes: [("a", "b")])
            #expect(try HDF5File.open("\(folder)/new.h5").root.attributes.string("format_version") == "1.1")
        }
    }
}
