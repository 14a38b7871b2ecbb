// ImportLandmarksTests.swift — landmarks that can't be right end an import; one odd face is left out and listed.

import Data
import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct ImportLandmarksTests {
    /// Changes the landmarks of frames of a layout, by their numbers.
    private func spoil(_ layout: PublishedLayout, _ video: String, _ frames: Range<Int>, _ change: (Double, Double) -> [Double]) throws {
        for frame in frames {
            let face = PublishedLayout.face(81, size: layout.size, turn: 0)
            let odd = stride(from: 0, to: face.count, by: 2).flatMap { change(face[$0], face[$0 + 1]) }
            try PublishedLayout.write(layout.landmarks(video, frame), PublishedLayout.npy(odd))
        }
    }

    private func run(_ layout: PublishedLayout, to path: String?) throws -> ImportReport {
        let root = try FolderFrames(root: layout.root, followsLinks: false)
        let plan = try ImportPlan.ofLists([VideoList(layout.list)], ImportPlan.Choice(split: "train"), root: root).plan
        return try FrameImporter(store: root, plan: plan).run(
            to: path, description: DatasetDescription(dataset: "x", split: "train"), pool: ThreadPool(threads: 2))
    }

    @Test(arguments: ["x and y are exchanged", "left and right are exchanged", "do y count from the bottom"])
    func aMethodsLandmarksOfTheWrongKindEndTheImport(problem: String) throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 3, frames: 8)
            let side = Double(layout.size - 1)
            for fake in ["000_001", "001_002"] {
                try spoil(layout, fake, 0..<8) { x, y in
                    problem.hasPrefix("x") ? [y, x] : problem.hasPrefix("left") ? [side - x, y] : [x, side - y]
                }
            }
            #expect { try run(layout, to: "\(folder)/out.h5") } throws: {
                "\($0)".contains(problem) && "\($0)".contains("16 of 24 frames of 'Deepfakes'")
            }
            #expect(try names(in: folder) == ["rgb"])
            let check = try run(layout, to: nil)
            #expect(check.skipped.count == 16 && check.oddFaces.values.reduce(0, +) == 16)
        }
    }

    @Test func oneOddFaceIsLeftOutAndListed() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 3, frames: 8)
            try spoil(layout, "000_001", 3..<4) { x, y in [y, x] }
            let report = try run(layout, to: "\(folder)/out.h5")
            #expect(report.frames == 47 && report.skipped.map(\.frame) == [9])
            #expect(report.skipped[0].reason.contains("x and y are exchanged"))
            #expect(try DatasetSummary(DatasetFile("\(folder)/out.h5")).oddFaces.isEmpty)
        }
    }

    @Test func landmarksOfAnotherCropAreLeftOutWithTheirReason() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 3, frames: 8)
            try spoil(layout, "000_001", 0..<8) { x, y in [x + 18, y + 9] }
            #expect { try run(layout, to: "\(folder)/out.h5") } throws: { "\($0)".contains("of another crop") }
        }
    }
}
