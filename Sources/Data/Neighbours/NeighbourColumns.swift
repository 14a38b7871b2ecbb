// NeighbourColumns.swift — the landmarks of all real frames as the matrix product wants them.

import Tensor

/// Centred landmarks in a shuffled order.
///
/// Less the mean face, the norms are small and float32 keeps more of the differences. Shuffled,
/// because frames of one video are alike: near ones come early in the scan, so that the limit is
/// soon tight and few exact distances are needed. The order has no influence on the outcome.
struct NeighbourColumns: Sendable {
    // R real frames, D coordinates
    /// [R] the row of each column.
    let rows: [Int]
    /// [R, D]
    let values: [Float]
    /// [R] squared norms.
    let norms: [Float]
    private let columnOfRow: [Int]
    private let dimension: Int
    private let largestNorm: Float

    init(_ landmarks: [Float], dimension: Int) {
        self.dimension = dimension
        let count = landmarks.count / dimension
        var mean = [Double](repeating: 0, count: dimension)
        for row in 0..<count {
            for place in 0..<dimension { mean[place] += Double(landmarks[row * dimension + place]) }
        }
        for place in 0..<dimension { mean[place] /= Double(max(count, 1)) }

        var random = Philox(seed: 0, stream: .shuffle)
        rows = random.shuffled(0..<count)
        var columnOfRow = [Int](repeating: 0, count: count)
        var values: [Float] = []
        values.reserveCapacity(landmarks.count)
        var norms: [Float] = []
        for (column, row) in rows.enumerated() {
            columnOfRow[row] = column
            var norm = 0.0
            for place in 0..<dimension {
                let value = Float(Double(landmarks[row * dimension + place]) - mean[place])
                values.append(value)
                norm += Double(value) * Double(value)
            }
            norms.append(Float(norm))
        }
        self.columnOfRow = columnOfRow
        self.values = values
        self.norms = norms
        largestNorm = norms.max() ?? 0
    }

    func centred(row: Int) -> ArraySlice<Float> {
        values[columnOfRow[row] * dimension..<(columnOfRow[row] + 1) * dimension]
    }

    func norm(row: Int) -> Float { norms[columnOfRow[row]] }

    /// More than |a|² + |b|² − 2⟨a, b⟩ in float32 can be off for any b.
    ///
    /// A sum of D products is off by at most D·u·|a||b| ≤ D·u·(|a|² + |b|²)/2, u = 2⁻²⁴, whatever
    /// its order; norms, centring and the additions give another few u·(|a|² + |b|²).
    func slack(norm: Float) -> Float {
        Float(2 * dimension + 32) * 0x1p-24 * (norm + largestNorm)
    }
}
