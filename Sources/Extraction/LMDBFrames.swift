// LMDBFrames.swift — frames out of the LMDB that DeepfakeBench packs: pictures as they were on the disk,
// landmarks as bare numbers, under the paths of its lists.

import Data
import Imaging

#if BLENDWAY_EXTRACT
import CLMDB
import Foundation
#endif

/// A `FrameStore` over an LMDB.
///
/// Keys are paths as the lists write them, with either slash. Values are trusted no more than files.
public final class LMDBFrames: FrameStore, @unchecked Sendable {
    public let path: String
    #if BLENDWAY_EXTRACT
    private let environment: OpaquePointer
    private let database: MDB_dbi
    #endif

    /// Opens the folder (or file) read-only. Cost: reads all of it but the pictures, to check them.
    /// - Throws: `ExtractionError.badDatabase`, `.notBuiltIn`.
    public init(_ path: String) throws {
        #if BLENDWAY_EXTRACT
        self.path = path
        var status = stat()
        let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        let file = isFolder ? "\(path)/data.mdb" : path
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ExtractionError.badDatabase(path: path, reason: "there is no \(isFolder ? "data.mdb in it" : "such folder")")
        }
        // See Note [Why an LMDB is walked before it is opened].
        try LMDBStructure.check(file: file, path: path)
        func check(_ code: Int32) throws {
            if code != 0 {
                throw ExtractionError.badDatabase(path: path, reason: String(cString: mdb_strerror(code)))
            }
        }
        var made: OpaquePointer?
        try check(mdb_env_create(&made))
        let environment = made!
        var transaction: OpaquePointer?
        do {
            // No larger than the file: reading beyond it would be a crash, not an error.
            try check(mdb_env_set_mapsize(environment, Int(status.st_size)))
            let flags = UInt32(MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS | MDB_NORDAHEAD) | (isFolder ? 0 : UInt32(MDB_NOSUBDIR))
            try check(mdb_env_open(environment, path, flags, 0o444))
            var database: MDB_dbi = 0
            try check(mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction))
            try check(mdb_dbi_open(transaction, nil, 0, &database))
            mdb_txn_abort(transaction)
            self.database = database
        } catch {
            mdb_env_close(environment)
            throw error
        }
        self.environment = environment
        #else
        throw ExtractionError.notBuiltIn(what: "reading an LMDB")
        #endif
    }

    public func name(of path: FramePath) -> String { "\(self.path):\(path.joined)" }

    public func picture(_ path: FramePath) throws -> [UInt8] { try value(path) }

    public func landmarks(_ path: FramePath) throws -> [Float] {
        let landmarks = path.landmarks
        do {
            return try LandmarkValues.points(packed: value(landmarks))
        } catch let problem as NumpyArray.Problem {
            throw ImportError.unreadable(path: name(of: landmarks), reason: problem.text)
        }
    }

    #if BLENDWAY_EXTRACT
    deinit { mdb_env_close(environment) }

    private func value(_ path: FramePath) throws -> [UInt8] {
        // Windows packed it, or Linux, where only the dataset's name is set apart by a backslash.
        let parts = path.parts
        let keys = [
            parts.joined(separator: "\\"), parts.joined(separator: "/"),
            parts[0] + "\\" + parts.dropFirst().joined(separator: "/"),
        ]
        var transaction: OpaquePointer?
        guard mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction) == 0 else {
            throw ImportError.unreadable(path: name(of: path), reason: "the LMDB allows no more readers")
        }
        defer { mdb_txn_abort(transaction) }
        for key in keys {
            var bytes = Array(key.utf8)
            // LMDB takes no longer keys.
            guard bytes.count <= 511, !bytes.isEmpty else { continue }
            var found = MDB_val()
            let code = bytes.withUnsafeMutableBytes { buffer in
                var wanted = MDB_val(mv_size: buffer.count, mv_data: buffer.baseAddress)
                return mdb_get(transaction, database, &wanted, &found)
            }
            if code == MDB_NOTFOUND { continue }
            guard code == 0 else {
                throw ImportError.unreadable(path: name(of: path), reason: String(cString: mdb_strerror(code)))
            }
            return [UInt8](UnsafeRawBufferPointer(start: found.mv_data, count: found.mv_size))
        }
        throw ImportError.unreadable(path: name(of: path), reason: "the LMDB has no such key")
    }
    #else
    private func value(_ path: FramePath) throws -> [UInt8] {
        throw ExtractionError.notBuiltIn(what: "reading an LMDB")
    }
    #endif
}
