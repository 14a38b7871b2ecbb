// CheckpointFolderTests.swift — names, retention, latest and best, falling back, kill -9.

import Foundation
import Store
import Testing

@Suite struct CheckpointFolderTests {
    let folder = TemporaryFolder()

    private func writer(keep: Int = 2) throws -> CheckpointFolder {
        try CheckpointFolder(folder.file("checkpoints"), role: .writer, keep: keep)
    }

    private func names(_ checkpoints: CheckpointFolder) -> [String] {
        try! FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted()
    }

    @Test func theLastOnesAndTheBestAreKept() throws {
        let checkpoints = try writer()
        for step in [10, 20, 30, 40, 50] {
            try checkpoints.write(sampleContents(step: step), step: step, isBest: step == 20)
        }
        #expect(
            names(checkpoints) == ["best.h5", "latest.h5", "step-00000020.h5", "step-00000040.h5", "step-00000050.h5"])
        #expect(try Checkpoint.read(checkpoints.latestPath).integers["step"] == 50)
        #expect(try Checkpoint.read(checkpoints.bestPath).integers["step"] == 20)
        #expect(checkpoints.bestStep() == 20)

        try checkpoints.write(sampleContents(step: 60), step: 60, isBest: true)
        #expect(names(checkpoints) == ["best.h5", "latest.h5", "step-00000050.h5", "step-00000060.h5"])
    }

    @Test func theFolderCanBeMoved() throws {
        let checkpoints = try writer()
        try checkpoints.write(sampleContents(step: 1), step: 1)
        try FileManager.default.moveItem(atPath: checkpoints.path, toPath: folder.file("moved"))
        #expect(try Checkpoint.read(folder.file("moved/latest.h5")).integers["step"] == 1)
    }

    @Test func longStepNumbersStayInOrder() throws {
        let checkpoints = try writer()
        try checkpoints.write(sampleContents(), step: 99_999_999)
        try checkpoints.write(sampleContents(), step: 100_000_000)
        #expect(try checkpoints.steps() == [99_999_999, 100_000_000])
        #expect(try checkpoints.newestSound().choice?.step == 100_000_000)
    }

    @Test func anEmptyFolderHasNoneAndAReaderMakesNone() throws {
        let (choice, broken) = try writer().newestSound()
        #expect(choice == nil && broken.isEmpty)
        let path = folder.file("absent")
        let reader = try CheckpointFolder(path, role: .reader)
        #expect(storeError { _ = try reader.newestSound() } == .missing(file: path))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func brokenOnesAreSetAsideAndTheOneBeforeIsTaken() throws {
        let checkpoints = try writer(keep: 5)
        for step in 1...4 { try checkpoints.write(sampleContents(step: step), step: step) }
        overwrite(checkpoints.path(step: 4), Array(bytes(checkpoints.path(step: 4)).prefix(3000)))
        flipByte(
            in: checkpoints.path(step: 3),
            at: offset(of: sampleContents(step: 3).arrays["model/blocks.0.expand.weight"]!.floats!, in: checkpoints.path(step: 3))!)

        // A reader finds the same one and touches nothing.
        let before = names(checkpoints)
        let seen = try CheckpointFolder(checkpoints.path, role: .reader).newestSound()
        #expect(seen.choice?.step == 2)
        #expect(seen.broken.map(\.movedTo) == [nil, nil])
        #expect(names(checkpoints) == before)

        let (choice, broken) = try checkpoints.newestSound()
        #expect(choice?.step == 2)
        #expect(choice?.contents == sampleContents(step: 2))
        #expect(broken.map(\.path) == [checkpoints.path(step: 4), checkpoints.path(step: 3)])
        guard case .truncated = broken[0].error, case .corrupt = broken[1].error else {
            Issue.record("\(broken)")
            return
        }
        #expect(broken[0].description.hasSuffix("It was set aside as \(checkpoints.path(step: 4)).broken."))
        #expect(
            names(checkpoints) == [
                "latest.h5", "step-00000001.h5", "step-00000002.h5", "step-00000003.h5.broken",
                "step-00000004.h5.broken",
            ])
        #expect(try Checkpoint.read(checkpoints.latestPath).integers["step"] == 2)
        // The second time they are gone from sight, and training goes on over them.
        #expect(try checkpoints.newestSound().broken.isEmpty)
        try checkpoints.write(sampleContents(step: 3), step: 3)
        #expect(try Checkpoint.read(checkpoints.latestPath).integers["step"] == 3)
    }

    @Test func whenAllAreBrokenNoneIsTaken() throws {
        let checkpoints = try writer()
        try checkpoints.write(sampleContents(step: 1), step: 1)
        overwrite(checkpoints.path(step: 1), Array("not HDF5 at all".utf8))
        let (choice, broken) = try checkpoints.newestSound()
        #expect(choice == nil && broken.count == 1)
        #expect(names(checkpoints) == ["step-00000001.h5.broken"])
    }

    @Test func aFileFromANewerReleaseIsNotPassedOver() throws {
        let checkpoints = try writer()
        try checkpoints.write(sampleContents(step: 1), step: 1)
        try Checkpoint.write(
            sampleContents(step: 2), to: checkpoints.path(step: 2), version: FormatVersion(major: 2, minor: 0))
        guard case .newerVersion = storeError({ _ = try checkpoints.newestSound() }) else {
            Issue.record("not refused")
            return
        }
        #expect(try checkpoints.steps() == [1, 2])
    }

    @Test func onlyTheWriterRemovesLeftovers() throws {
        let checkpoints = try writer()
        overwrite("\(checkpoints.path)/.step-00000001.h5.partial-host-1-1", [1])
        _ = try CheckpointFolder(checkpoints.path, role: .reader)
        #expect(names(checkpoints).count == 1)
        _ = try CheckpointFolder(checkpoints.path, role: .writer)
        #expect(names(checkpoints) == [])
    }

    @Test func killNineAtAnyMomentLeavesASoundLatest() throws {
        let path = folder.file("killed")
        for round in 0..<15 {
            let printed = try Tool.kill9(["checkpoints", path], afterLines: 2, delay: UInt32(round * 613))
            let reader = try CheckpointFolder(path, role: .reader)
            let (choice, broken) = try reader.newestSound()
            let step = try #require(choice?.step)
            #expect(broken.isEmpty)
            #expect(step == printed || step == printed + 1, "round \(round): \(step) after \(printed)")
            // The link lags at most by the step whose file is there and whose link is not.
            let latest = try Checkpoint.read(reader.latestPath).integers["step"]!
            #expect(latest == step || latest == step - 1)
            if let best = reader.bestStep() { #expect(try Checkpoint.read(reader.bestPath).integers["step"] == Int64(best)) }
        }
        // The next writer leaves nothing of the killed ones.
        let checkpoints = try CheckpointFolder(path, role: .writer, keep: 2)
        let next = try checkpoints.steps().last! + 1
        try checkpoints.write(sampleContents(step: next), step: next)
        #expect(!names(checkpoints).contains { $0.contains(".partial-") })
        #expect(try checkpoints.steps().count <= 3)
    }
}
