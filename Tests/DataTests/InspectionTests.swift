// InspectionTests.swift — what inspection says about files made by hand.

import Data
import Store
import TestSupport
import Testing

@Suite struct InspectionTests {
    @Test func aDatasetIsCountedByMethodAndItsGapsAreNamed() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/d.h5"
            try writeDataset(path, neighbours: true)
            guard case .dataset(let summary, let version) = try FileInspection(path, verify: true) else {
                Issue.record("not taken for a dataset")
                return
            }
            #expect(version == "1.2")
            #expect(summary.frames == 7 && summary.realFrames == 4 && summary.fakeFrames == 3)
            #expect(summary.videos == 4 && summary.realVideos == 2 && summary.identities == 2)
            #expect(summary.framesPerVideoLeast == 1 && summary.framesPerVideoMost == 2)
            #expect(summary.methods.map(\.method) == ["original", "a", "b"])
            #expect(summary.methods.map(\.frames) == [4, 2, 1])
            #expect(summary.methods.map(\.label) == [0, 1, 1])
            #expect(summary.methods.map(\.identities) == [2, 1, 1])
            #expect(summary.fakesWithoutTarget == 1)
            #expect(summary.framesWithLandmarksOutside == 1)
            #expect(summary.neighbours?.rows == 4 && summary.neighbours?.count == 3)
            #expect(summary.neighbours?.rowsWithout == 0 && summary.neighbours?.rowsNotFull == 4)
        }
    }

    @Test func aDatasetWithoutNeighboursSaysSo() throws {
        try withTemporaryFolder { folder in
            try writeDataset("\(folder)/d.h5", neighbours: false)
            guard case .dataset(let summary, _) = try FileInspection("\(folder)/d.h5", verify: false) else {
                Issue.record("not taken for a dataset")
                return
            }
            #expect(summary.neighbours == nil)
        }
    }

    @Test func aCheckpointIsCountedByGroup() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/c.h5"
            let contents = CheckpointContents(
                arrays: [
                    "model/a.weight": NamedArray(shape: [2, 3], [1, 2, 3, 4, 5, 6] as [Float]),
                    "model/a.bias": NamedArray(shape: [2], [0, 0] as [Float]),
                    "optimizer/m/a.weight": NamedArray(shape: [2, 3], [Float](repeating: 0, count: 6)),
                    "optimizer/v/a.weight": NamedArray(shape: [2, 3], [Float](repeating: 0, count: 6)),
                ],
                integers: ["step": 12, "epoch": 1, "world_size": 4],
                reals: ["best_auc": 0.5, "undefined": .nan], config: "train:\n  seed: 1\n",
                provenance: ["version": "x"])
            try Checkpoint.write(contents, to: path)
            guard case .checkpoint(let summary, _, let hash) = try FileInspection(path, verify: false) else {
                Issue.record("not taken for a checkpoint")
                return
            }
            #expect(hash.count == 64)
            #expect(summary.step == 12 && summary.epoch == 1 && summary.worldSize == 4)
            #expect(summary.parameters == 8)
            #expect(summary.groups.map(\.group) == ["model", "optimizer/m", "optimizer/v"])
            #expect(summary.groups.map(\.arrays) == [2, 1, 1])
            #expect(summary.reals == ["best_auc": 0.5])
        }
    }

    @Test func foreignFilesAreRefusedWithWhatTheyAre() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.h5"
            let file = try HDF5File.create(path)
            try file.close()
            #expect(throws: StoreError.self) { try FileInspection(path, verify: false) }
            do {
                _ = try FileInspection(path, verify: false)
            } catch let error as StoreError {
                #expect(error.meansBrokenFile)
                #expect("\(error)".contains("blendway-dataset or blendway-checkpoint"))
            }
        }
    }
}
