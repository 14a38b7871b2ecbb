// PlainMap.swift — a map as an array of doubles: what the plain twins of the layers work on.
//
// N batch, H×W pixels, C channels; [N][H][W][C], channels innermost.

import Tensor
import Testing

struct PlainMap {
    let (n, h, w, c): (Int, Int, Int, Int)
    var values: [Double]

    init(n: Int, h: Int = 1, w: Int = 1, c: Int, values: [Double]? = nil) {
        (self.n, self.h, self.w, self.c) = (n, h, w, c)
        self.values = values ?? [Double](repeating: 0, count: n * h * w * c)
        precondition(self.values.count == n * h * w * c)
    }

    init(_ tensor: Tensor) {
        self.init(n: tensor.n, h: tensor.h, w: tensor.w, c: tensor.c, values: tensor.buffer.map(Double.init))
    }

    /// Normal numbers that are exact in float32, some of them near zero, none at a kink.
    static func random(n: Int, h: Int = 1, w: Int = 1, c: Int, sample: Int) -> PlainMap {
        PlainMap(
            n: n, h: h, w: w, c: c,
            values: GradientCheck.random(n * h * w * c, sample: sample).map(Double.init))
    }

    subscript(n: Int, y: Int, x: Int, c: Int) -> Double {
        get { values[((n * h + y) * w + x) * self.c + c] }
        set { values[((n * h + y) * w + x) * self.c + c] = newValue }
    }

    var rows: Int { n * h * w }

    func mapped(_ transform: (Double) -> Double) -> PlainMap {
        PlainMap(n: n, h: h, w: w, c: c, values: values.map(transform))
    }

    /// Samples `range`.
    func samples(_ range: Range<Int>) -> PlainMap {
        let size = h * w * c
        return PlainMap(
            n: range.count, h: h, w: w, c: c,
            values: Array(values[range.lowerBound * size..<range.upperBound * size]))
    }

    /// This map in an arena.
    func tensor(in arena: Arena) -> Tensor {
        let tensor = arena.allocate(n: n, h: h, w: w, c: c)
        for (i, value) in values.enumerated() { tensor.data[i] = Float(value) }
        return tensor
    }
}

/// Expects the numbers to agree to `tolerance` on the scale of the largest.
func expectEqual(
    _ values: [Double], _ expected: [Double], tolerance: Double = 1e-5, _ name: String = "values",
    _ location: SourceLocation = #_sourceLocation
) {
    guard values.count == expected.count else {
        Issue.record("\(name): \(values.count) numbers for \(expected.count)", sourceLocation: location)
        return
    }
    let scale = max(1e-3, expected.map(abs).max() ?? 0)
    var worst = (error: 0.0, place: 0)
    for i in values.indices {
        let error = abs(values[i] - expected[i])
        if error.isNaN || error > worst.error { worst = (error.isNaN ? .infinity : error, i) }
    }
    #expect(
        worst.error <= tolerance * scale,
        "\(name)[\(worst.place)]: \(values.isEmpty ? 0 : values[worst.place]) for \(expected.isEmpty ? 0 : expected[worst.place]), scale \(scale)",
        sourceLocation: location)
}

func expectEqual(
    _ map: PlainMap, _ expected: PlainMap, tolerance: Double = 1e-5, _ name: String = "map",
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(
        [map.n, map.h, map.w, map.c] == [expected.n, expected.h, expected.w, expected.c], "\(name): shape",
        sourceLocation: location)
    expectEqual(map.values, expected.values, tolerance: tolerance, name, location)
}
