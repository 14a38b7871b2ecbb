// ShortHash.swift — eight bytes that stand for a picture or a name: whether two are the same, and whether one has
// changed. What is compared is not decided here.

/// The first eight bytes of a SHA-256. Of a frame: of its pixels, [H, W, 3] RGB as they are when decoded, so the same
/// however the frame is stored or called. That any two of a million different frames share one has a probability
/// of 3 in 100 million.
public struct ShortHash: Hashable, Comparable, Sendable {
    /// Big-endian: the digest's first byte is the highest.
    public let value: UInt64

    public init(value: UInt64) { self.value = value }

    /// Cost: 0.1 ms for a 256×256 frame.
    public init(of bytes: UnsafeRawBufferPointer) {
        let hash = SHA256()
        hash.update(bytes)
        value = hash.finishShort()
    }

    public init(of bytes: [UInt8]) { self = bytes.withUnsafeBytes { ShortHash(of: $0) } }

    public static func < (a: ShortHash, b: ShortHash) -> Bool { a.value < b.value }

    // MARK: In files

    static let byteCount = 8

    /// Rows of a table of uint8 [N, 8].
    static func bytes(of hashes: [ShortHash]) -> [UInt8] {
        hashes.flatMap { hash in (0..<byteCount).map { UInt8(truncatingIfNeeded: hash.value >> (56 - 8 * $0)) } }
    }

    static func all(in bytes: [UInt8]) -> [ShortHash] {
        stride(from: 0, to: bytes.count, by: byteCount).map { start in
            ShortHash(value: bytes[start..<start + byteCount].reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// Writes a table of hashes.
    /// - Returns: the open dataset, for attributes.
    @discardableResult
    static func write(_ hashes: [ShortHash], to name: String, in group: HDF5Group) throws -> HDF5Dataset {
        let shape = [hashes.count, byteCount]
        let dataset = try group.makeDataset(
            name, .uint8, shape: shape, layout: .checksummed(shape: shape, elementBytes: 1))
        try dataset.write(bytes(of: hashes))
        return dataset
    }

    /// Reads a table of hashes.
    /// - Parameter count: how many there have to be; nil takes any number.
    static func read(_ dataset: HDF5Dataset, count: Int? = nil) throws -> [ShortHash] {
        try dataset.requireShape([count, byteCount])
        return all(in: try dataset.read(as: UInt8.self))
    }
}
