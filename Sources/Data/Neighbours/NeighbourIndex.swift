// NeighbourIndex.swift — for each real frame the real frames of other identities whose faces stand
// most alike. Built when a dataset is packed. Not for use while training: that reads the table.
//
// Note [Why the neighbours are exact]
// The table is part of a dataset's content hash, so it may not depend on threads, instruction sets
// or the BLAS in use. A matrix product in float32 only rules out frames that are too far by more
// than its rounding could be; the distances of the rest are computed anew, in double, in one order.

import Store
import Tensor

/// Nearest real frames of other identities by Euclidean distance between flattened landmarks.
///
/// Memory: 8 bytes per coordinate and real frame, and half a MB per thread; never R×R.
public struct NeighbourIndex: Sendable {
    // R real frames, D coordinates (x and y of all landmarks), K neighbours
    /// Neighbours a frame that a dataset is packed with.
    public static let standardCount = 100

    /// [R] the real frames, ascending.
    public let frames: [Int32]
    private let dimension: Int
    /// [R, D] as given.
    private let landmarks: [Float]
    /// [R] whose face it is.
    private let identities: [Int32]
    private let columns: NeighbourColumns

    /// - Parameters:
    ///   - videos: all of the file; one without identity differs from all others.
    ///   - frameVideos: [N] the video of each frame.
    ///   - landmarks: [N, L, 2] of all frames, finite.
    ///   - landmarkCount: L.
    public init(videos: [DatasetVideo], frameVideos: [Int32], landmarks: [Float], landmarkCount: Int) {
        let dimension = landmarkCount * 2
        precondition(
            landmarks.count == frameVideos.count * dimension,
            "NeighbourIndex: \(landmarks.count) coordinates for \(frameVideos.count) frames of \(dimension)")
        self.dimension = dimension
        frames = frameVideos.indices.filter { !videos[Int(frameVideos[$0])].isFake }.map(Int32.init)
        let ofVideos = Self.identityNumbers(videos)
        identities = frames.map { ofVideos[Int(frameVideos[Int($0)])] }
        self.landmarks = frames.flatMap { landmarks[Int($0) * dimension..<(Int($0) + 1) * dimension] }
        columns = NeighbourColumns(self.landmarks, dimension: dimension)
    }

    private static func identityNumbers(_ videos: [DatasetVideo]) -> [Int32] {
        var numbers: [String: Int32] = [:]
        return videos.enumerated().map { row, video in
            if video.identity.isEmpty { return Int32(row) }
            let number = numbers[video.identity] ?? Int32(row)
            numbers[video.identity] = number
            return number
        }
    }

    /// The table's rows for some of the real frames; MPI ranks may each ask for their own.
    ///
    /// Rows are the same whatever the ranges and threads. Equal distances stand in the order of the
    /// frames. Cost: 2·D·R floating-point operations a row, and about K·(1 + ln(R/K)) distances in
    /// double.
    /// - Parameters:
    ///   - range: of `frames`.
    ///   - count: K, at least 1.
    public func rows(
        _ range: Range<Int>, count: Int = Self.standardCount, pool: ThreadPool
    ) -> NeighbourRows {
        precondition(
            count > 0 && range.lowerBound >= 0 && range.upperBound <= frames.count,
            "NeighbourIndex: \(count) neighbours of \(range) among \(frames.count) frames")
        let rows = range.count
        var neighbours = [Int32](repeating: -1, count: rows * count)
        var distances = [Float](repeating: -1, count: rows * count)
        let blocks = (rows + Self.blockRows - 1) / Self.blockRows
        neighbours.withUnsafeMutableBufferPointer { neighbours in
            distances.withUnsafeMutableBufferPointer { distances in
                pool.run(tasks: blocks) { block in
                    let first = range.lowerBound + block * Self.blockRows
                    let last = min(first + Self.blockRows, range.upperBound)
                    let nearest = nearest(to: first..<last, count: count)
                    for (place, found) in nearest.enumerated() {
                        let start = (first - range.lowerBound + place) * count
                        for (column, neighbour) in found.sorted().enumerated() {
                            neighbours[start + column] = neighbour.frame
                            distances[start + column] = Float(neighbour.squared.squareRoot())
                        }
                    }
                }
            }
        }
        return NeighbourRows(
            frames: Array(frames[range]), count: count, neighbours: neighbours, distances: distances)
    }

    // MARK: One block of rows

    private static let blockRows = 128
    private static let blockColumns = 1024

    /// The nearest of each row of one block, in no order.
    private func nearest(to rows: Range<Int>, count: Int) -> [NearestFrames] {
        var nearest = rows.map { _ in NearestFrames(capacity: count) }
        var products = [Float](repeating: 0, count: Self.blockRows * Self.blockColumns)
        // The rows in the columns' centred form.
        let centred = rows.flatMap { columns.centred(row: $0) }
        let norms = rows.map { columns.norm(row: $0) }
        let alone = ThreadPool()
        for start in stride(from: 0, to: frames.count, by: Self.blockColumns) {
            let width = min(Self.blockColumns, frames.count - start)
            columns.values.withUnsafeBufferPointer { values in
                products.withUnsafeMutableBufferPointer { products in
                    GEMM.multiply(
                        pool: alone, transposeB: true, m: rows.count, n: width, k: dimension, alpha: -2,
                        a: centred, lda: dimension,
                        b: values.baseAddress! + start * dimension, ldb: dimension,
                        c: products.baseAddress!, ldc: Self.blockColumns)
                }
            }
            products.withUnsafeBufferPointer { products in
                for place in 0..<rows.count {
                    let first = place * Self.blockColumns
                    let line = UnsafeBufferPointer(rebasing: products[first..<first + width])
                    scan(
                        line, row: rows.lowerBound + place, norm: norms[place], firstColumn: start,
                        into: &nearest[place])
                }
            }
        }
        return nearest
    }

    /// Takes the frames of one line that may be among the nearest.
    /// - Parameter line: −2⟨a, b⟩ of a row's frame a with the columns' frames b.
    private func scan(
        _ line: UnsafeBufferPointer<Float>, row: Int, norm: Float, firstColumn: Int,
        into nearest: inout NearestFrames
    ) {
        let own = identities[row]
        let slack = columns.slack(norm: norm)
        columns.norms.withUnsafeBufferPointer { norms in
            // |a − b|² ≤ limit, with |a|² brought to the other side and room for rounding.
            var limit = Float(nearest.limit) - norm + slack
            for place in 0..<line.count {
                // So written that a NaN, from absurdly far landmarks, is looked at.
                if norms[firstColumn + place] + line[place] > limit { continue }
                let other = columns.rows[firstColumn + place]
                guard identities[other] != own else { continue }
                let found = NearestFrames.Neighbour(
                    squared: squaredDistance(row, other), frame: frames[other])
                if nearest.insert(found) { limit = Float(nearest.limit) - norm + slack }
            }
        }
    }

    /// Exact to double's rounding, and summed in one order everywhere.
    private func squaredDistance(_ a: Int, _ b: Int) -> Double {
        landmarks.withUnsafeBufferPointer { values in
            var sum = 0.0
            for place in 0..<dimension {
                let difference = Double(values[a * dimension + place]) - Double(values[b * dimension + place])
                sum += difference * difference
            }
            return sum
        }
    }
}
