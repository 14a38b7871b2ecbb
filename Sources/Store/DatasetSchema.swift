// DatasetSchema.swift — names and rules of the dataset format, shared by writer and reader.

/// The dataset format: names in the file, and the layout of what grows.
// N frames, L landmarks, H×W pixels, V videos, R real frames, K neighbours
enum DatasetSchema {
    static let format = "blendway-dataset"
    /// The newest that is read.
    static let version = FormatVersion(major: 2, minor: 0)

    /// The oldest version that holds what a file has, so that older releases read what they can.
    static func version(hasDonors: Bool, hasPairDistance: Bool, hasLongIndices: Bool) -> FormatVersion {
        if hasLongIndices { return FormatVersion(major: 2, minor: 0) }
        return FormatVersion(major: 1, minor: hasPairDistance ? 2 : hasDonors ? 1 : 0)
    }

    static let landmarkCounts = [68, 81]
    /// Rows per chunk of the landmarks: about half a MB.
    static let landmarkChunk = 1024
    /// Rows per chunk of the neighbour tables: about 400 KB at 100 neighbours.
    static let neighbourChunk = 1024

    static let imageShape = "N frames, H rows, W columns, 3 channels (R, G, B)"
    static let landmarkShape = "N frames, L landmarks, 2 coordinates (x, y) in pixels of the frame"
    static let neighbourShape = "R real frames, K neighbours, nearest first, -1 for none"
}
