// GEMMProblem.swift — one matrix product with its operands, and three plain loops in double.

import Tensor
import Testing

/// m×n results, k summed.
struct GEMMSize: CustomStringConvertible, Sendable {
    var (m, n, k): (Int, Int, Int)
    init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
    var description: String { "\(m)×\(n)×\(k)" }
}

struct GEMMProblem {
    /// A stored matrix with `gap` floats between its rows.
    struct Matrix {
        var leading: Int
        var values: [Float]

        init(rows: Int, columns: Int, gap: Int, sample: Int) {
            leading = max(1, columns + gap)
            var random = Philox(seed: 41, stream: .test, sample: sample)
            values = (0..<max(1, rows * leading)).map { _ in random.uniform(-2, 2) }
        }

        func at(_ row: Int, _ column: Int, transposed: Bool) -> Double {
            Double(values[transposed ? column * leading + row : row * leading + column])
        }
    }

    var size: GEMMSize
    var products = Products.float32
    var (transposeA, transposeB): (Bool, Bool)
    var (alpha, beta): (Float, Float)
    var (a, b, c): (Matrix, Matrix, Matrix)

    init(
        _ size: GEMMSize, _ transposeA: Bool, _ transposeB: Bool, alpha: Float = 1, beta: Float, gap: Int = 0
    ) {
        (self.size, self.alpha, self.beta) = (size, alpha, beta)
        (self.transposeA, self.transposeB) = (transposeA, transposeB)
        let (m, n, k) = (size.m, size.n, size.k)
        a = Matrix(rows: transposeA ? k : m, columns: transposeA ? m : k, gap: gap, sample: 1)
        b = Matrix(rows: transposeB ? n : k, columns: transposeB ? k : n, gap: gap * 2, sample: 2)
        c = Matrix(rows: m, columns: n, gap: gap * 3, sample: 3)
    }

    /// C afterwards, gaps included.
    func result(_ pool: ThreadPool) -> [Float] {
        var result = c.values
        GEMM.multiply(
            pool: pool, products: products, transposeA: transposeA, transposeB: transposeB, m: size.m, n: size.n,
            k: size.k, alpha: alpha, a: a.values, lda: a.leading, b: b.values, ldb: b.leading, beta: beta,
            c: &result, ldc: c.leading)
        return result
    }

    /// [m, n] by the definition.
    func plainResult() -> [Double] {
        (0..<size.m * size.n).map { place in
            let (row, column) = (place / size.n, place % size.n)
            var sum = 0.0
            for i in 0..<size.k {
                sum += a.at(row, i, transposed: transposeA) * b.at(i, column, transposed: transposeB)
            }
            let old = Double(c.values[row * c.leading + column])
            return Double(alpha) * sum + (beta == 0 ? 0 : Double(beta) * old)
        }
    }

    /// Expects `result` to be the plain one, and the gaps between rows as they were.
    func check(_ result: [Float], against plain: [Double], _ description: String) {
        var worst = 0.0
        var gapsAreUntouched = true
        for (place, value) in result.enumerated() {
            let (row, column) = (place / c.leading, place % c.leading)
            if row < size.m && column < size.n {
                let difference = abs(Double(value) - plain[row * size.n + column])
                worst = difference.isNaN ? .infinity : max(worst, difference)
            } else if value.bitPattern != c.values[place].bitPattern {
                gapsAreUntouched = false
            }
        }
        #expect(worst <= 2e-6 * (1 + 4 * Double(size.k).squareRoot()), "\(description): off by \(worst)")
        #expect(gapsAreUntouched, "\(description): wrote outside of C")
    }
}
