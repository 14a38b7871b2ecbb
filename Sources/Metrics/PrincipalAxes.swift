// PrincipalAxes.swift — the plane in which a cloud of features varies most, for pictures of it.

// N rows, D numbers each.

/// The first two principal components of a set of rows.
public struct PrincipalAxes: Sendable {
    /// [D].
    public let mean: [Double]
    /// Two orthogonal unit vectors, [D] each; the component of largest size is positive, so that the
    /// same rows give the same picture. A direction without variance is all zeros.
    public let axes: [[Double]]
    /// Share of the rows' variance along each.
    public let shares: [Double]

    /// Cost: O(N·D² + D²·iterations).
    /// - Parameter removing: a unit vector, [D], whose direction is taken out of all rows first.
    public init(rows: [[Double]], removing direction: [Double]? = nil) {
        let dimension = rows.first?.count ?? 0
        var mean = [Double](repeating: 0, count: dimension)
        for row in rows { for d in 0..<dimension { mean[d] += row[d] } }
        for d in mean.indices { mean[d] /= Double(Swift.max(rows.count, 1)) }
        self.mean = mean

        var covariance = [Double](repeating: 0, count: dimension * dimension)
        for row in rows {
            var centred = zip(row, mean).map { $0 - $1 }
            if let direction {
                let along = Self.dot(centred, direction)
                for d in centred.indices { centred[d] -= along * direction[d] }
            }
            covariance.withUnsafeMutableBufferPointer { covariance in
                for i in 0..<dimension where centred[i] != 0 {
                    let value = centred[i]
                    for j in 0...i { covariance[i * dimension + j] += value * centred[j] }
                }
            }
        }
        for i in 0..<dimension { for j in 0..<i { covariance[j * dimension + i] = covariance[i * dimension + j] } }
        let total = (0..<dimension).reduce(0) { $0 + covariance[$1 * dimension + $1] }

        var axes: [[Double]] = []
        var shares: [Double] = []
        for _ in 0..<2 {
            let (axis, value) = Self.leading(covariance, dimension, besides: axes)
            axes.append(axis)
            shares.append(total > 0 ? value / total : 0)
        }
        self.axes = axes
        self.shares = shares
    }

    /// Places of a row along the two axes.
    public func project(_ row: [Double]) -> (x: Double, y: Double) {
        let centred = zip(row, mean).map { $0 - $1 }
        return (Self.dot(centred, axes[0]), Self.dot(centred, axes[1]))
    }

    /// The eigenvector of the largest eigenvalue, orthogonal to `besides`, by power iteration.
    private static func leading(
        _ matrix: [Double], _ dimension: Int, besides: [[Double]]
    ) -> (axis: [Double], value: Double) {
        // Any start that isn't orthogonal to it does: one that prefers no axis.
        var axis = (0..<dimension).map { d -> Double in 1 + Double(d % 7) / 3 - Double(d % 3) / 9 }
        var value = 0.0
        for _ in 0..<2000 {
            for other in besides {
                let along = dot(axis, other)
                for d in axis.indices { axis[d] -= along * other[d] }
            }
            let length = dot(axis, axis).squareRoot()
            guard length > 0 else { return ([Double](repeating: 0, count: dimension), 0) }
            for d in axis.indices { axis[d] /= length }
            var next = [Double](repeating: 0, count: dimension)
            matrix.withUnsafeBufferPointer { matrix in
                for i in 0..<dimension {
                    var sum = 0.0
                    for j in 0..<dimension { sum += matrix[i * dimension + j] * axis[j] }
                    next[i] = sum
                }
            }
            let newValue = dot(next, axis)
            let isSettled = abs(newValue - value) <= 1e-13 * abs(newValue)
            value = newValue
            guard value > 0 else { return ([Double](repeating: 0, count: dimension), 0) }
            if isSettled { break }
            axis = next
        }
        for other in besides {
            let along = dot(axis, other)
            for d in axis.indices { axis[d] -= along * other[d] }
        }
        let length = dot(axis, axis).squareRoot()
        let largest = axis.max { abs($0) < abs($1) } ?? 1
        return (axis.map { $0 / (largest < 0 ? -length : length) }, value)
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for i in a.indices { sum += a[i] * b[i] }
        return sum
    }
}
