// LossesNumerics.swift — central differences and comparisons shared by the tests of losses.

/// (f(x + h) − f(x − h)) / 2h by each coordinate. The step should be a power of two and the
/// coordinates short fractions, so that x ± h is exact in float32.
func centralDifferences(_ x: [Float], step: Float, _ f: ([Float]) throws -> Double) rethrows -> [Double] {
    try x.indices.map { i in
        var above = x
        var below = x
        above[i] += step
        below[i] -= step
        return try (f(above) - f(below)) / Double(above[i] - below[i])
    }
}

/// Infinite for a NaN or unequal lengths, so that no comparison with it passes by accident.
func largestDifference(_ a: [Float], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { largest, pair in
        let difference = abs(Double(pair.0) - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}
