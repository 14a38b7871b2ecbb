// LMDBTests.swift — the packed form of a layout gives the same dataset as its files, and broken ones are
// refused.

#if BLENDWAY_EXTRACT
import Data
import Extraction
import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct LMDBTests {
    /// Packs a layout as DeepfakeBench does: pictures as they are, landmarks as bare numbers, keys with
    /// the separator of the machine.
    private func pack(_ layout: PublishedLayout, to path: String, separator: String) throws {
        var entries: [(key: [UInt8], value: [UInt8])] = []
        let files = FileManager.default.enumerator(atPath: "\(layout.root)/FaceForensics++")!.compactMap { $0 as? String }
        for file in files where file.hasSuffix(".png") || file.hasSuffix(".npy") {
            var value = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(layout.root)/FaceForensics++/\(file)")))
            if file.hasSuffix(".npy") { value = try NumpyArray.parse(value).values.withUnsafeBytes { [UInt8]($0) } }
            entries.append((Array(("FaceForensics++\\" + file.replacingOccurrences(of: "/", with: separator)).utf8), value))
        }
        try LMDBFiles.write(entries, to: path)
    }

    private func importing(_ layout: PublishedLayout, from store: any FrameStore, to path: String) throws -> ImportReport {
        let root = try FolderFrames(root: layout.root, followsLinks: false)
        let plan = try ImportPlan.ofLists([VideoList(layout.list)], ImportPlan.Choice(split: "train"), root: root).plan
        return try FrameImporter(store: store, plan: plan).run(
            to: path, description: DatasetDescription(dataset: "FF-DF", split: "train"), pool: try ThreadPool(threads: 2))
    }

    @Test(arguments: ["\\", "/"])
    func thePackedFormGivesTheSameDataset(separator: String) throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 3)
            try pack(layout, to: "\(folder)/FaceForensics++_lmdb", separator: separator)
            let files = try importing(
                layout, from: FolderFrames(root: layout.root, followsLinks: false), to: "\(folder)/files.h5")
            let packed = try importing(layout, from: LMDBFrames("\(folder)/FaceForensics++_lmdb"), to: "\(folder)/lmdb.h5")
            #expect(packed.frames == 12 && packed.contentHash == files.contentHash)
        }
    }

    @Test func brokenDatabasesAreRefused() throws {
        try withTemporaryFolder { folder in
            let layout = try PublishedLayout("\(folder)/rgb", people: 2, frames: 3)
            let path = "\(folder)/x_lmdb"
            try pack(layout, to: path, separator: "\\")
            let whole = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(path)/data.mdb")))
            for bytes in [[], [1, 2, 3], Array(whole.prefix(8192)), Array(whole.prefix(whole.count / 2)), [UInt8](repeating: 7, count: 20_000)] {
                try PublishedLayout.write("\(path)/data.mdb", bytes)
                #expect { try LMDBFrames(path) } throws: {
                    if case .badDatabase = $0 as? ExtractionError { true } else { false }
                }
            }
            #expect(throws: ExtractionError.self) { try LMDBFrames("\(folder)/none") }
        }
    }
}
#endif
