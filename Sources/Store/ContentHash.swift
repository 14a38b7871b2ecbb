// ContentHash.swift — one SHA-256 over all of a file's content, independent of how HDF5 lays it out.

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
        add(path, Element.hdf5Type, shape: shape, digest: values.withUnsafeBytes { SHA256.hash(of: $0) })
    }

    mutating func add(_ path: String, shape: [Int], _ strings: [String]) {
        let hash = SHA256()
        for string in strings { hash.updateListed(string) }
        add(path, .string, shape: shape, digest: hash.finish())
    }

    mutating func add(_ path: String, _ type: HDF5ElementType, shape: [Int], digest: String) {
        let dimensions = shape.isEmpty ? "-" : shape.map(String.init).joined(separator: ",")
        lines.append("\(path) \(type.rawValue) \(dimensions) \(digest)")
    }

    /// The hash of everything added, in lower case hex, whatever the order of adding.
    func finish() -> String {
        let hash = SHA256()
        for line in lines.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { hash.update(line + "\n") }
        return hash.finish()
    }
}
