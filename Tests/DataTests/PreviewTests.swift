// PreviewTests.swift — contact sheets of complete, poor and broken datasets.

import Data
import Store
import Synthesis
import Tensor
import TestSupport
import Testing

private func makeWorldFile(_ folder: String) throws -> DatasetFile {
    let world = try SyntheticWorld(seed: 3, size: 64, identities: 8, videosPerIdentity: 1, framesPerVideo: 4)
    try SyntheticPacker(world, split: .train).write(to: "\(folder)/train.h5", pool: ThreadPool(threads: 2))
    return try DatasetFile("\(folder)/train.h5")
}

@Suite struct PreviewTests {
    @Test func equalSeedsAndEpochsGiveEqualSheets() throws {
        try withTemporaryFolder { folder in
            let file = try makeWorldFile(folder)
            let sheet = try ContactSheet(file, rows: 3, seed: 5, epoch: 2)
            #expect(sheet.rows == 3 && sheet.notes.isEmpty)
            #expect(try ContactSheet(file, rows: 3, seed: 5, epoch: 2).image == sheet.image)
            #expect(try ContactSheet(file, rows: 3, seed: 5, epoch: 3).image != sheet.image)
            #expect(try ContactSheet(file, rows: 3, seed: 6, epoch: 2).image != sheet.image)
        }
    }

    @Test func moreRowsThanSamplesShowAllSamplesAndSayIt() throws {
        try withTemporaryFolder { folder in
            let sheet = try ContactSheet(makeWorldFile(folder), rows: 48, seed: 5, epoch: 0)
            #expect(sheet.rows == 16)
            #expect(sheet.notes.count == 1)
        }
    }

    @Test func missingFakesAndNeighboursNarrowTheSheetAndAreNamed() throws {
        try withTemporaryFolder { folder in
            let full = try ContactSheet(makeWorldFile(folder), rows: 2, seed: 5, epoch: 0)
            try writeDataset("\(folder)/poor.h5", neighbours: false, fakes: false, side: 64)
            let poor = try ContactSheet(DatasetFile("\(folder)/poor.h5"), rows: 2, seed: 5, epoch: 0)
            #expect(poor.rows == 2)
            // 3 columns of 6 are left: real, self-blended and its mask.
            #expect(abs(poor.image.width * 2 - full.image.width) < 20)
            #expect(poor.notes.contains { $0.contains("no neighbour index") })
            #expect(poor.notes.contains { $0.contains("real videos only") })
        }
    }

    @Test func aSampleThatCannotBeBlendedIsShownWithTheReason() throws {
        try withTemporaryFolder { folder in
            try writeDataset("\(folder)/bad.h5", neighbours: true, fakes: false, side: 64, flatLandmarks: true)
            let sheet = try ContactSheet(DatasetFile("\(folder)/bad.h5"), rows: 2, seed: 5, epoch: 0)
            #expect(sheet.rows == 2)
            #expect(sheet.notes.count { $0.contains("cannot be used") } == 2)
        }
    }

    @Test func aFileOfFakesAloneIsRefused() throws {
        try withTemporaryFolder { folder in
            try writeDataset("\(folder)/fakes.h5", neighbours: false, reals: false)
            let file = try DatasetFile("\(folder)/fakes.h5")
            #expect(throws: DataError.noReals(file: file.path)) {
                try ContactSheet(file, rows: 2, seed: 5, epoch: 0)
            }
        }
    }
}
