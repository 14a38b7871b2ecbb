// LMDBTests.swift — the packed form of a layout gives the same dataset as its files, and broken ones are
// refused.

#if BLENDWAY_EXTRACT
import CLMDB
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
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var environment: OpaquePointer?
        #expect(mdb_env_create(&environment) == 0)
        defer { mdb_env_close(environment) }
        #expect(mdb_env_set_mapsize(environment, 64 << 20) == 0)
        #expect(mdb_env_open(environment, path, 0, 0o600) == 0)
        var transaction: OpaquePointer?
        #expect(mdb_txn_begin(environment, nil, 0, &transaction) == 0)
        var database: MDB_dbi = 0
        #expect(mdb_dbi_open(transaction, nil, 0, &database) == 0)
        let files = FileManager.default.enumerator(atPath: "\(layout.root)/FaceForensics++")!.compactMap { $0 as? String }
        for file in files where file.hasSuffix(".png") || file.hasSuffix(".npy") {
            var value = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(layout.root)/FaceForensics++/\(file)")))
            if file.hasSuffix(".npy") { value = try NumpyArray.parse(value).values.withUnsafeBytes { [UInt8]($0) } }
            var key = Array(("FaceForensics++\\" + file.replacingOccurrences(of: "/", with: separator)).utf8)
            let code = key.withUnsafeMutableBytes { key in
                value.withUnsafeMutableBytes { value in
                    var k = MDB_val(mv_size: key.count, mv_data: key.baseAddress)
                    var v = MDB_val(mv_size: value.count, mv_data: value.baseAddress)
                    return mdb_put(transaction, database, &k, &v, 0)
                }
            }
            #expect(code == 0)
        }
        #expect(mdb_txn_commit(transaction) == 0)
    }

    private func importing(_ layout: PublishedLayout, from store: any FrameStore, to path: String) throws -> ImportReport {
        let root = try FolderFrames(root: layout.root, followsLinks: false)
        let plan = try ImportPlan.ofLists([VideoList(layout.list)], ImportPlan.Choice(split: "train"), root: root).plan
        return try FrameImporter(store: store, plan: plan).run(
            to: path, description: DatasetDescription(dataset: "FF-DF", split: "train"), pool: ThreadPool(threads: 2))
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
