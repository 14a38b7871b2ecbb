// NeighbourReplacement.swift — gives a dataset another neighbour table. All else in the file stays as it
// is, also what this program does not know.

/// Writes a copy of a dataset with new neighbours, which then takes the dataset's place.
///
/// Whatever ends it in between, the old file is there, whole. Takes as much disk again while it works.
/// For one thread. Cost: reading the file once and copying it once.
public final class NeighbourReplacement {
    private let atomic: AtomicFile
    private let copy: HDF5File
    private let tables: NeighbourTables
    private var hash: ContentHash

    /// Checks the dataset against its content hash, and makes the copy without neighbours.
    /// - Parameter count: neighbours a frame, at least 1.
    /// - Throws: `StoreError`: `.hashMismatch` or `.corrupt` for a broken dataset, `.diskFull`,
    ///   `.notPermitted`, …
    public init(_ dataset: DatasetFile, count: Int) throws {
        precondition(count >= 1, "NeighbourReplacement: \(count) neighbours")
        hash = try dataset.verifiedHash()
        atomic = try AtomicFile(path: dataset.path)
        do {
            try FileSystem.copy(dataset.path, to: atomic.temporaryPath, for: dataset.path)
            copy = try HDF5File.change(atomic.temporaryPath, reportedAs: dataset.path)
            try copy.root.remove("neighbours")
            tables = try NeighbourTables(in: copy.root, dataset.tables, count: count)
        } catch {
            atomic.discard()
            throw error
        }
    }

    /// Adds rows, in any order; see `DatasetWriter.addNeighbours`.
    public func add(frames: [Int32], count: Int, neighbours: [Int32], distances: [Float]) throws {
        try tables.add(frames: frames, count: count, neighbours: neighbours, distances: distances)
    }

    /// Puts the copy in the dataset's place.
    /// - Returns: the new content hash.
    /// - Throws: `StoreError`; then the old file is untouched.
    public func finish() throws -> String {
        do {
            try tables.requireAllRows()
            tables.addTo(&hash)
            let text = hash.finish()
            try copy.root.attributes.remove("content_hash")
            try copy.root.attributes.set("content_hash", .string(text))
            try copy.close()
            try atomic.commit()
            return text
        } catch {
            discard()
            throw error
        }
    }

    /// Gives up; the dataset stays as it was.
    public func discard() {
        try? copy.close()
        atomic.discard()
    }
}
