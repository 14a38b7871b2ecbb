// AtomicFileTests.swift — a file is replaced whole or not at all: on errors, on full disks, on kill -9.

import Foundation
import Store
import Testing

@Suite struct AtomicFileTests {
    let folder = TemporaryFolder()

    @Test func theNewContentReplacesTheOld() throws {
        let path = folder.file("a.txt")
        try AtomicFile.write("one", to: path)
        try AtomicFile.write("two", to: path)
        #expect(bytes(path) == Array("two".utf8))
        #expect(folder.names == ["a.txt"])
    }

    @Test func anErrorLeavesTheOldFileAndNoTemporary() throws {
        struct Stop: Error {}
        let path = folder.file("a.txt")
        try AtomicFile.write("old", to: path)
        #expect(throws: Stop.self) {
            try AtomicFile.write(to: path) { temporary in
                overwrite(temporary, [1, 2, 3])
                #expect(folder.names.count == 2)
                throw Stop()
            }
        }
        #expect(bytes(path) == Array("old".utf8))
        #expect(folder.names == ["a.txt"])
    }

    @Test func droppingItRemovesTheTemporary() throws {
        do {
            let file = try AtomicFile(path: folder.file("a"))
            overwrite(file.temporaryPath, [1])
        }
        #expect(folder.names == [])
    }

    @Test func aMissingFolderAndAFolderAsTargetAreNamed() {
        let path = folder.file("none/a.h5")
        #expect(
            storeError { try AtomicFile.write("x", to: path) }
                == .missingFolder(file: path, folder: folder.file("none")))
        #expect(
            storeError { try Checkpoint.write(sampleContents(), to: path) }
                == .missingFolder(file: path, folder: folder.file("none")))
        #expect(
            storeError { try AtomicFile.write("x", to: folder.path) } == .notAFile(file: folder.path, kind: "a folder"))
    }

    @Test(.enabled(if: Tool.isRoot, "only root can become another user"))
    func anUnwritableFolderIsNamedAndTheOldFileStays() throws {
        chmod(folder.path, 0o755)
        let path = folder.file("a.h5")
        try Checkpoint.write(sampleContents(), to: path)
        let before = bytes(path)
        let (status, output) = Tool.run(Tool.probe, ["unprivileged", "write", path])
        #expect(status == 0)
        #expect(
            output == "\(path): no permission to make files in the folder \(folder.path); "
                + "change the permissions or use another folder.\n")
        #expect((hasBytes(path, before)))
        #expect(folder.names == ["a.h5"])
    }

    @Test(arguments: [100, 1000, 4096, 100_000, 399_000, 401_000])
    func aLimitOnFileSizesLeavesTheOldFileAndTheProcess(limit: Int) throws {
        let path = folder.file("a.h5")
        try Checkpoint.write(sampleContents(), to: path)
        let before = bytes(path)
        let (status, output) = Tool.run(Tool.probe, ["limited", "\(limit)", path])
        #expect(status == 0)
        let lines = output.split(separator: "\n").map(String.init)
        try #require(lines.count == 5, "\(output)")
        for line in lines[..<3] { #expect(line == "\(StoreError.tooLarge(file: path))") }
        #expect(lines[3] == "done")
        if limit >= 100_000 { #expect(lines[4] == "done") }
        #expect((hasBytes(path, before)))
        #expect(!folder.names.contains { $0.hasPrefix(".") })
    }

    @Test(.enabled(if: Tool.canMount, "mounting a small file system is not allowed here"))
    func aFullDiskLeavesTheOldFile() throws {
        let disk = try #require(Tool.smallDisk(in: folder))
        let path = "\(disk.path)/a.h5"
        try Checkpoint.write(sampleContents(), to: path)
        let before = bytes(path)
        var large = sampleContents()
        for elements in [261_000, 300_000, 3_000_000, 261_000] {
            large.arrays["model/large"] = NamedArray(shape: [elements], [Float](repeating: 1, count: elements))
            #expect(storeError { try Checkpoint.write(large, to: path) } == .diskFull(file: path))
            #expect((hasBytes(path, before)))
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["a.h5"])
        }
        #expect(
            storeError { try AtomicFile.write(String(repeating: "x", count: 2 << 20), to: "\(disk.path)/b.txt") }
                == .diskFull(file: "\(disk.path)/b.txt"))

        // A dataset finds out while frames are added, at the latest when it is finished.
        let error = storeError {
            let writer = try DatasetWriter(
                "\(disk.path)/d.h5", description: DatasetDescription(dataset: "d", split: "train"), height: 64,
                width: 64, landmarkCount: 68)
            let video = writer.addVideo(DatasetVideo(name: "v", method: "real", isFake: false, identity: "v"))
            for frame in 0..<100 {
                try writer.addFrame(
                    image: [UInt8](repeating: 1, count: 64 * 64 * 3), landmarks: [Float](repeating: 0, count: 136),
                    video: video, index: Int64(frame))
            }
            _ = try writer.finish()
        }
        #expect(error == .diskFull(file: "\(disk.path)/d.h5"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["a.h5"])

        // And the process goes on writing where there is room.
        try Checkpoint.write(sampleContents(step: 8), to: path)
        #expect(try Checkpoint.read(path) == sampleContents(step: 8))
    }

    @Test func killNineWhileReplacingLeavesASoundFile() throws {
        let path = folder.file("a.h5")
        try Checkpoint.write(sampleContents(step: 0), to: path)
        for round in 0..<12 {
            let printed = try Tool.kill9(["replace", path], afterLines: 1, delay: UInt32(round * 731))
            let found = try Checkpoint.read(path).integers["step"]!
            // The last one reported, or the one that was just being reported.
            #expect(found == printed || found == printed + 1, "round \(round): \(found) after \(printed)")
        }
    }

    @Test func killNineWhilePackingLeavesASoundDataset() throws {
        let path = folder.file("d.h5")
        for round in 0..<6 {
            _ = try Tool.kill9(["dataset", path], afterLines: 1, delay: UInt32(round * 1371))
            let dataset = try DatasetFile(path)
            #expect(dataset.frameCount == 50)
            try dataset.verifyContentHash()
        }
    }

    @Test func leftoversOfKilledWritersAreRemoved() throws {
        try AtomicFile.write("keep", to: folder.file("a.h5"))
        let killed = try AtomicFile(path: folder.file("a.h5")).temporaryPath
        overwrite(killed, [1])
        overwrite(folder.file(".hidden"), [2])
        #expect(try AtomicFile.removeLeftovers(in: folder.path).count == 1)
        #expect(folder.names == [".hidden", "a.h5"])
    }
}
