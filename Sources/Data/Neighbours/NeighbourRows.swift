// NeighbourRows.swift — some rows of the neighbour table, as `DatasetWriter.addNeighbours` takes them.

import Store

/// Rows of /neighbours.
public struct NeighbourRows: Equatable, Sendable {
    /// [R] the real frame that each row is about.
    public var frames: [Int32]
    /// K.
    public var count: Int
    /// [R, K] frames, nearest first; −1 fills rows that have fewer.
    public var neighbours: [Int32]
    /// [R, K] in pixels, ascending; −1 beside −1.
    public var distances: [Float]

    public init(frames: [Int32], count: Int, neighbours: [Int32], distances: [Float]) {
        self.frames = frames
        self.count = count
        self.neighbours = neighbours
        self.distances = distances
    }
}

extension DatasetWriter {
    /// Adds rows to the neighbour tables.
    public func addNeighbours(_ rows: NeighbourRows) throws {
        try addNeighbours(
            frames: rows.frames, count: rows.count, neighbours: rows.neighbours, distances: rows.distances)
    }
}
