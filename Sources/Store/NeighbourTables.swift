// NeighbourTables.swift — the neighbour tables of a dataset while they are written, and their hashes.

/// The group /neighbours while it grows. For one thread.
final class NeighbourTables {
    // R real frames, K neighbours
    private let tables: DatasetTables
    private let count: Int
    private let frame: HDF5Dataset
    private let neighbour: HDF5Dataset
    private let distance: HDF5Dataset
    private let identities: [Int32]
    private var rowOfFrame: [Int32]
    private let frameHash = SHA256()
    private let neighbourHash = SHA256()
    private let distanceHash = SHA256()
    private(set) var rows = 0

    /// Makes the group.
    /// - Parameters:
    ///   - tables: all videos and frames, valid.
    ///   - count: K, at least 1.
    init(in root: HDF5Group, _ tables: DatasetTables, count: Int) throws {
        self.tables = tables
        self.count = count
        let group = try root.makeGroup("neighbours")
        func table(_ name: String, _ type: HDF5ElementType, columns: [Int]) throws -> HDF5Dataset {
            try group.makeDataset(
                name, type, shape: [0] + columns,
                layout: HDF5Layout(
                    chunk: [DatasetSchema.neighbourChunk] + columns, fletcher32: true, isExtendible: true))
        }
        frame = try table("frame", .int32, columns: [])
        neighbour = try table("neighbour", .int32, columns: [count])
        distance = try table("distance", .float32, columns: [count])
        identities = tables.identityNumbers()
        rowOfFrame = [Int32](repeating: -1, count: tables.frameVideos.count)
        try neighbour.attributes.set("shape", .string(DatasetSchema.neighbourShape))
        try distance.attributes.set("shape", .string(DatasetSchema.neighbourShape))
    }

    /// Adds rows; see `DatasetWriter.addNeighbours`.
    func add(frames: [Int32], count: Int, neighbours indices: [Int32], distances: [Float]) throws {
        guard count == self.count else {
            throw StoreError.invalid(
                file: tables.file, object: "/neighbours",
                problem: "rows of \(count) neighbours follow rows of \(self.count); give all the same number")
        }
        try tables.validateNeighbours(
            frames: frames, count: count, neighbours: indices, distances: distances, firstRow: rows,
            identities: identities, rowOfFrame: &rowOfFrame)
        try frame.append(frames)
        try neighbour.append(indices)
        try distance.append(distances)
        frames.withUnsafeBytes { frameHash.update($0) }
        indices.withUnsafeBytes { neighbourHash.update($0) }
        distances.withUnsafeBytes { distanceHash.update($0) }
        rows += frames.count
    }

    /// Throws unless every real frame has its row.
    func requireAllRows() throws { try tables.requireAllRows(rows) }

    func addTo(_ hash: inout ContentHash) {
        let shape = [rows, count]
        hash.add("/neighbours/frame", .int32, shape: [rows], digest: frameHash.finish())
        hash.add("/neighbours/neighbour", .int32, shape: shape, digest: neighbourHash.finish())
        hash.add("/neighbours/distance", .float32, shape: shape, digest: distanceHash.finish())
    }
}
