// PairedTest.swift — Student's paired t-test: do two settings differ beyond the seeds' spread?

import Foundation

/// The test of the mean of paired differences against 0, two-sided.
///
/// With n pairs, mean d̄ and sample deviation s of the differences, t = d̄ / (s/√n) with n − 1 degrees of
/// freedom. It takes the differences to be normal, which a handful of seeds can't show: with three
/// seeds p is a hint at best, and t has to pass 4.3 for p < 0.05.
public struct PairedTest: Equatable, Sendable {
    public let count: Int
    public let difference: Double
    /// Sample deviation of the differences; nil for fewer than two pairs.
    public let deviation: Double?
    /// nil for fewer than two pairs, or when all differences are equal.
    public let t: Double?
    /// nil where t is, but 0 where all differences are equal and not 0, and 1 where all are 0.
    public let p: Double?

    /// - Parameter differences: a − b for each pair; at least one.
    public init(differences: [Double]) {
        precondition(!differences.isEmpty, "PairedTest: no pairs")
        count = differences.count
        difference = differences.mean
        deviation = differences.sampleDeviation
        guard let deviation else {
            (t, p) = (nil, nil)
            return
        }
        guard deviation > 0 else {
            (t, p) = (nil, difference == 0 ? 1 : 0)
            return
        }
        let t = difference / (deviation / Double(count).squareRoot())
        self.t = t
        p = Self.twoSided(t: t, degrees: Double(count - 1))
    }

    /// P(|T| ≥ |t|) of Student's distribution: I_x(ν/2, 1/2) with x = ν/(ν + t²).
    package static func twoSided(t: Double, degrees: Double) -> Double {
        incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
    }

    /// The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and
    /// Stegun 26.5.8, evaluated by Lentz's method).
    package static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        // The fraction converges fast below this; above it the symmetry is used.
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
        let tiny = 1e-300
        var (c, d) = (1.0, 1 / nonZero(1 - (a + b) * x / (a + 1), tiny))
        var fraction = d
        for m in 1...500 {
            let m = Double(m)
            for numerator in [
                m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            ] {
                d = 1 / nonZero(1 + numerator * d, tiny)
                c = nonZero(1 + numerator / c, tiny)
                fraction *= c * d
            }
            if abs(c * d - 1) < 1e-15 { break }
        }
        return front * fraction
    }

    private static func nonZero(_ value: Double, _ tiny: Double) -> Double { abs(value) < tiny ? tiny : value }
}

extension Array where Element == Double {
    /// NaN for none.
    package var mean: Double { reduce(0, +) / Double(count) }

    /// With n − 1 in the denominator; nil for fewer than two.
    package var sampleDeviation: Double? {
        guard count > 1 else { return nil }
        let mean = mean
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    }
}
