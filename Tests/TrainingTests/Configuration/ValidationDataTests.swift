// ValidationDataTests.swift — which dataset a run validates on.

import Foundation
import Testing
import Training

@Suite struct ValidationDataTests {
    @Test func autoIsTheFileBesideTheTrainingDataIfThereIsOne() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "validation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var run = RunConfiguration()
        run.data.train = folder.appending(path: "train.h5").relativePath
        #expect(try run.validationData() == nil)
        let beside = folder.appending(path: "val.h5").relativePath
        #expect(FileManager.default.createFile(atPath: beside, contents: nil))
        #expect(try run.validationData() == beside)
        run.data.val = nil
        #expect(try run.validationData() == nil)
        run.data.val = "elsewhere.h5"
        #expect(try run.validationData() == "elsewhere.h5")
    }
}
