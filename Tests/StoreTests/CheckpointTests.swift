// CheckpointTests.swift — checkpoints come back bit by bit, and damage does not go unseen.

import Foundation
import Store
import Testing

@Suite struct CheckpointTests {
    let folder = TemporaryFolder()

    @Test func everythingComesBackBitByBit() throws {
        let path = folder.file("a.h5")
        try Checkpoint.write(sampleContents(), to: path)
        let read = try Checkpoint.read(path)
        #expect(read == sampleContents())
        #expect(read.arrays["model/stem.bias"]!.floats![0].sign == .minus)
        #expect(read.arrays["anchor_statistics/mean"]!.doubles![0].isNaN)
    }

    @Test func emptyContentsComeBack() throws {
        let path = folder.file("a.h5")
        try Checkpoint.write(CheckpointContents(), to: path)
        #expect(try Checkpoint.read(path) == CheckpointContents())
    }

    @Test func equalContentsGiveEqualBytes() throws {
        let (a, b) = (folder.file("a.h5"), folder.file("b.h5"))
        try Checkpoint.write(sampleContents(), to: a)
        Thread.sleep(forTimeInterval: 1.1)  // Object times would have a resolution of one second.
        try Checkpoint.write(sampleContents(), to: b)
        #expect(hasBytes(a, bytes(b)))
    }

    @Test func anArrayOfManyChunksComesBack() throws {
        let path = folder.file("a.h5")
        let values = (0..<3_000_000).map { Float($0 % 65_537) }
        let contents = CheckpointContents(arrays: [
            "model/large": NamedArray(shape: [3000, 1000], values),
            "model/flat": NamedArray(shape: [3_000_000], values),
        ])
        try Checkpoint.write(contents, to: path)
        #expect(try Checkpoint.read(path) == contents)
    }

    @Test func aFlippedByteInAnArrayIsNamed() throws {
        let path = folder.file("a.h5")
        let contents = sampleContents()
        try Checkpoint.write(contents, to: path)
        let place = try #require(offset(of: contents.arrays["model/blocks.0.expand.weight"]!.floats!, in: path))
        flipByte(in: path, at: place + 10)
        let error = storeError { _ = try Checkpoint.read(path) }
        #expect(
            error == .corrupt(
                file: path, object: "/model/blocks.0.expand.weight", detail: "its checksum does not match its data"))
    }

    @Test func aFlippedByteAnywhereIsFound() throws {
        let path = folder.file("a.h5")
        try Checkpoint.write(sampleContents(), to: path)
        let content = bytes(path)
        var unseen = 0
        for offset in stride(from: 0, to: content.count, by: 37) {
            var changed = content
            changed[offset] ^= 0x10
            overwrite(path, changed)
            do {
                // Unused space in the file may change; the contents may not.
                if try Checkpoint.read(path) == sampleContents() { unseen += 1 } else {
                    Issue.record("byte \(offset): other contents were read")
                }
            } catch let error as StoreError {
                #expect(error.meansBrokenFile, "byte \(offset): \(error)")
            }
        }
        #expect(unseen < content.count / 37)
    }

    @Test func aChangedConfigurationBreaksTheHash() throws {
        let path = folder.file("a.h5")
        try Checkpoint.write(sampleContents(), to: path)
        let place = try #require(offset(of: Array("model: b4".utf8), in: path))
        var content = bytes(path)
        content[place + 8] = UInt8(ascii: "5")
        overwrite(path, content)
        guard case .hashMismatch(path, _, _) = storeError({ _ = try Checkpoint.read(path) }) else {
            Issue.record("no hash mismatch")
            return
        }
    }

    @Test func namesThatCannotBeStoredAreRefused() throws {
        let array = NamedArray(shape: [1], [Float(1)])
        for name in ["alone", "", "model/", "/model/a", "model//a", "model/../a", "model/a b", "state/a", "config/a"] {
            let contents = CheckpointContents(arrays: [name: array])
            guard case .invalid = storeError({ try Checkpoint.write(contents, to: folder.file("a.h5")) }) else {
                Issue.record("'\(name)' was not refused")
                continue
            }
        }
        let nested = CheckpointContents(arrays: ["model/a": array, "model/a/b": array])
        #expect("\(storeError { try Checkpoint.write(nested, to: folder.file("a.h5")) }!)".contains("/model/a/b"))
        let twice = CheckpointContents(integers: ["x": 1], reals: ["x": 1])
        #expect("\(storeError { try Checkpoint.write(twice, to: folder.file("a.h5")) }!)".contains("/state@x"))
        #expect(folder.names == [])
    }

    @Test func checkpointsAreWrittenByManyThreads() async throws {
        let folder = folder.path
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<6 {
                group.addTask {
                    let path = "\(folder)/\(task).h5"
                    do {
                        try Checkpoint.write(sampleContents(step: task), to: path)
                        let read = try Checkpoint.read(path)
                        #expect(read == sampleContents(step: task))
                    } catch { Issue.record(error) }
                }
            }
        }
    }

    @Test(.enabled(if: Tool.find("h5dump") != nil, "h5dump (hdf5-tools) is not installed"))
    func h5dumpFindsTheSchema() throws {
        let path = folder.file("a.h5")
        try Checkpoint.write(sampleContents(), to: path)
        let (status, output) = Tool.run(Tool.find("h5dump")!, ["-p", "-H", path])
        #expect(status == 0)
        for text in [
            "GROUP \"exp_avg\"", "DATASET \"blocks.0.expand.weight\"", "CHECKSUM FLETCHER32", "DATASET \"config\"",
            "ATTRIBUTE \"content_sha256\"", "ATTRIBUTE \"best_auc\"", "H5T_IEEE_F64LE", "GROUP \"provenance\"",
        ] {
            #expect(output.contains(text), "h5dump does not show \(text)")
        }
    }
}
