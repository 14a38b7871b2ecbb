// TrainGeneratorsTests.swift — `blendway train-generators` as a user types it.

import Foundation
import Synthesis
import TestSupport
import Testing

@Suite struct TrainGeneratorsTests {
    @Test func aShortTrainingWritesAFileThatSynthCanRead() throws {
        try withTemporaryFolder { folder in
            let file = "\(folder)/generators.bin"
            let result = try blendway([
                "train-generators", "--out", file, "--people", "8", "--pairs", "4", "--epochs", "1", "--json",
                "--sheet", "\(folder)/sheet.png",
            ])
            #expect(result.status == 0, "\(result)")
            let report = try result.json()
            #expect(report["pairs"] as? Int == 32)
            #expect((report["errors"] as? [String: Double])?.count == 3)
            let bytes = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: file)))
            _ = try GeneratorWeights(bytes, file: file)
            let sheet = try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(folder)/sheet.png"))
            #expect(sheet.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }

    @Test(arguments: [["--people", "1"], ["--pairs", "0"], ["--epochs", "0"], ["--people", "4", "--pairs", "2"]])
    func countsThatMakeNoTrainingAreRefused(option: [String]) throws {
        let result = try blendway(["train-generators", "--out", "/nowhere/generators.bin"] + option)
        #expect(result.status == 64 && result.stderr.contains("--people"), "\(result)")
    }

    @Test func aFileInTheFoldersPlaceIsSaidBeforeTheWork() throws {
        try withTemporaryFolder { folder in
            try Foundation.Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
            let result = try blendway(["train-generators", "--out", "\(folder)/file/generators.bin"])
            #expect(result.status == 1 && result.stderr.contains("not a folder"), "\(result)")
        }
    }
}
