// ContentHash.swift — one SHA-256 over all of a file's content, independent of how HDF5 lays it out.

import Crypto

/// Builds a content hash; the definition is part of both file formats.
///
/// Each item gives one line of text, "path type shape digest", separated by single spaces: the
/// shape as numbers joined by commas ("-" for a single value), the digest the SHA-256, in lower
/// case hex, of the item's bytes. Numbers are little-endian in memory order; strings are UTF-8, each
/// followed by one 0 byte. Attributes have the path "object@name" and the types int64, float64
/// and string. The lines, sorted by their bytes and each ended by "\n", are hashed again.
/// Anyone can recompute it with h5py and hashlib.
struct ContentHash {
    private var lines: [String] = []

    mutating func add<Element: HDF5Element>(_ path: String, shape: [Int], _ values: [Element]) {
        add(path, Element.hdf5Type, shape: shape, digest: values.withUnsafeBytes { SHA256.hash(data: $0) })
    }

    mutating func add(_ path: String, shape: [Int], _ strings: [String]) {
        var hasher = SHA256()
        for string in strings { hasher.updateString(string) }
        add(path, .string, shape: shape, digest: hasher.finalize())
    }

    mutating func add(_ path: String, _ type: HDF5ElementType, shape: [Int], digest: SHA256Digest) {
        let dimensions = shape.isEmpty ? "-" : shape.map(String.init).joined(separator: ",")
        lines.append("\(path) \(type.rawValue) \(dimensions) \(digest.hex)")
    }

    /// The hash of everything added, in lower case hex, whatever the order of adding.
    func finish() -> String {
        var hasher = SHA256()
        for line in lines.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            hasher.update(bytes: line + "\n")
        }
        return hasher.finalize().hex
    }
}

extension SHA256 {
    mutating func update(bytes text: String) {
        var text = text
        text.withUTF8 { update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }

    /// A string of a list: its bytes and a 0.
    mutating func updateString(_ text: String) { update(bytes: text + "\0") }
}

extension SHA256Digest {
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
