// HDF5Layout.swift — how a new dataset lies in the file.

/// Chunks and filters of a new dataset. Without chunks there are no filters.
public struct HDF5Layout: Equatable, Sendable {
    /// The shape of one chunk; nil stores the array in one piece.
    public var chunk: [Int]?
    /// Deflate level 1…9; nil stores as is.
    public var deflate: Int?
    /// Bytes of equal significance side by side before deflate; pays for floats.
    public var shuffle: Bool
    /// A checksum for each chunk, verified at each read.
    public var fletcher32: Bool
    /// Rows can be appended without limit.
    public var isExtendible: Bool

    public init(
        chunk: [Int]? = nil, deflate: Int? = nil, shuffle: Bool = false, fletcher32: Bool = false,
        isExtendible: Bool = false
    ) {
        self.chunk = chunk
        self.deflate = deflate
        self.shuffle = shuffle
        self.fletcher32 = fletcher32
        self.isExtendible = isExtendible
    }

    /// Chunks of whole rows and about 4 MiB with a checksum each. A single value and an empty
    /// array cannot be chunked; they come without.
    public static func checksummed(shape: [Int], elementBytes: Int) -> HDF5Layout {
        guard let rows = shape.first, !shape.contains(0) else { return HDF5Layout() }
        let rowBytes = shape.dropFirst().reduce(elementBytes, *)
        let chunkRows = min(rows, max(1, (4 << 20) / rowBytes))
        return HDF5Layout(chunk: [chunkRows] + shape.dropFirst(), fletcher32: true)
    }
}
