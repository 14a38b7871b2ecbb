// Ticks.swift — where an axis gets its marks, and what stands beside them.

import Foundation

/// The range of an axis and its marks.
struct Ticks {
    enum Scale {
        case linear, log
    }

    /// Values of the marks, rising; in data units on either scale.
    let values: [Double]
    let labels: [String]
    /// What the axis covers; the marks lie inside.
    let range: ClosedRange<Double>

    /// Marks at multiples of 1, 2 or 5 times a power of ten.
    ///
    /// - Parameters:
    ///   - data: what has to be covered; widened to whole marks unless `isFixed`.
    ///   - target: about how many marks.
    init(linear data: ClosedRange<Double>, target: Int = 6, isFixed: Bool = false) {
        var low = data.lowerBound
        var high = data.upperBound
        if low == high {
            // A constant stands in the middle of an axis that shows its size.
            let room = low == 0 ? 1 : abs(low) / 2
            low -= room
            high += room
        }
        let step = Self.niceStep((high - low) / Double(target))
        // A little slack, or rounding adds an empty interval at the end.
        let first = (low / step + (isFixed ? -1e-9 : 1e-9)).rounded(isFixed ? .up : .down)
        let last = (high / step + (isFixed ? 1e-9 : -1e-9)).rounded(isFixed ? .down : .up)
        // Adding 0 makes 0 of −0.
        values = stride(from: first, through: last, by: 1).map { $0 * step + 0 }
        range = isFixed ? low...high : first * step...last * step
        labels = Self.label(values, step: step)
    }

    /// Marks at powers of ten; at 2 and 5 times these, too, when there are few.
    init(log data: ClosedRange<Double>) {
        precondition(data.lowerBound > 0, "a logarithmic axis from \(data.lowerBound)")
        let low = data.lowerBound / 1.15
        let high = data.upperBound * 1.15
        let decades = log10(high / low)
        let factors: [Double] = decades < 2.5 ? [1, 2, 5] : [1]
        let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        // A thinning that keeps axes over very many decades readable.
        let every = max(1, Int((decades / 8).rounded(.up)))
        let marks = exponents.filter { $0 % every == 0 }.flatMap { exponent in
            factors.map { $0 * pow(10, Double(exponent)) }
        }.filter { $0 >= low && $0 <= high }
        if marks.count < 2 {
            let linear = Ticks(linear: low...high, target: 4, isFixed: true)
            values = linear.values
            labels = linear.labels
        } else {
            values = marks
            labels = marks.map { $0.significant(2) }
        }
        range = low...high
    }

    /// 1, 2, 5 or 10 times a power of ten: the least that isn't far below `raw`.
    static func niceStep(_ raw: Double) -> Double {
        let power = pow(10, log10(raw).rounded(.down))
        let factor: Double =
            switch raw / power {
            case ..<1.2: 1
            case ..<2.4: 2
            case ..<6: 5
            default: 10
            }
        return factor * power
    }

    /// Thousands as k, millions as M; one form for the whole axis.
    private static func label(_ values: [Double], step: Double) -> [String] {
        let largest = values.map(abs).max() ?? 0
        let (unit, suffix): (Double, String) =
            if largest >= 1e9 || (largest > 0 && largest < 1e-3) {
                (0, "")
            } else if largest >= 1e6, step >= 1e5 {
                (1e6, "M")
            } else if largest >= 1e4, step >= 1e2 {
                (1e3, "k")
            } else {
                (1, "")
            }
        if unit == 0 { return values.map { $0 == 0 ? "0" : $0.significant(4) } }
        let decimals = max(0, Int(-log10(step / unit * 1.0001).rounded(.down)))
        return values.map { value in
            value == 0 && !suffix.isEmpty ? "0" : (value / unit).decimals(decimals) + suffix
        }
    }
}
