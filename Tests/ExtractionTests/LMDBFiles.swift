// LMDBFiles.swift — LMDBs for tests, written by liblmdb, and the places in them that tests break.

import Foundation

#if BLENDWAY_EXTRACT
import CLMDB
#endif

struct LMDBFailure: Error, CustomStringConvertible {
    var description: String
}

enum LMDBFiles {
    /// Writes `entries` into a new database in the folder `path`, then takes out those with the keys `removed`,
    /// in one transaction.
    /// - Returns: the levels of its tree.
    @discardableResult
    static func write(
        _ entries: [(key: [UInt8], value: [UInt8])], removed: [[UInt8]] = [], to path: String
    ) throws -> Int {
        #if BLENDWAY_EXTRACT
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        func check(_ code: Int32) throws {
            if code != 0 { throw LMDBFailure(description: String(cString: mdb_strerror(code))) }
        }
        var environment: OpaquePointer?
        try check(mdb_env_create(&environment))
        defer { mdb_env_close(environment) }
        try check(mdb_env_set_mapsize(environment, 64 << 20))
        try check(mdb_env_open(environment, path, 0, 0o600))
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(environment, nil, 0, &transaction))
        var database: MDB_dbi = 0
        try check(mdb_dbi_open(transaction, nil, 0, &database))
        for (key, value) in entries {
            var (key, value) = (key, value)
            try check(
                key.withUnsafeMutableBytes { key in
                    value.withUnsafeMutableBytes { value in
                        var k = MDB_val(mv_size: key.count, mv_data: key.baseAddress)
                        var v = MDB_val(mv_size: value.count, mv_data: value.baseAddress)
                        return mdb_put(transaction, database, &k, &v, 0)
                    }
                })
        }
        for key in removed {
            var key = key
            try check(
                key.withUnsafeMutableBytes { key in
                    var k = MDB_val(mv_size: key.count, mv_data: key.baseAddress)
                    return mdb_del(transaction, database, &k, nil)
                })
        }
        try check(mdb_txn_commit(transaction))
        var statistics = MDB_stat()
        try check(mdb_env_stat(environment, &statistics))
        return Int(statistics.ms_depth)
        #else
        throw LMDBFailure(description: "LMDB is not built in")
        #endif
    }
}

/// The bytes of a database file, and where things are in them.
struct LMDBBytes {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func number(_ place: Int, _ size: Int) -> Int {
        bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func set(_ place: Int, _ size: Int, _ value: Int) {
        for offset in 0..<size { bytes[place + offset] = UInt8(truncatingIfNeeded: value >> (8 * offset)) }
    }

    var pageSize: Int { number(40, 4) }
    var pages: Int { bytes.count / pageSize }
    /// Where the meta page that counts begins.
    var meta: Int { number(pageSize + 144, 8) > number(144, 8) ? pageSize : 0 }
    var root: Int { number(meta + 128, 8) }
    func start(_ page: Int) -> Int { page * pageSize }
    func keys(_ page: Int) -> Int { (number(start(page) + 12, 2) - 16) / 2 }
    /// Where a page says how far on in it a node lies, and where the node is.
    func pointer(_ page: Int, _ index: Int) -> Int { start(page) + 16 + 2 * index }
    func node(_ page: Int, _ index: Int) -> Int { start(page) + number(pointer(page, index), 2) }
    func child(_ page: Int, _ index: Int) -> Int { number(node(page, index), 4) }
    /// The first leaf.
    var leaf: Int {
        var page = root
        while number(start(page) + 10, 2) == 1 { page = child(page, 0) }
        return page
    }
    /// Where a value begins, or the number of its first page.
    func value(_ page: Int, _ index: Int) -> Int { node(page, index) + 8 + number(node(page, index) + 6, 2) }
}
