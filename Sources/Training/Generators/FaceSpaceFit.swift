// FaceSpaceFit.swift — principal components of face cut-outs by orthogonal iteration.

import Synthesis
import Tensor

/// Golub and Van Loan, "Matrix Computations", section 8.2.4. N pictures, D values each, K components.
enum FaceSpaceFit {
    private static let rounds = 12

    /// Mean `[D]` and orthonormal rows `[K, D]` of `pictures` `[N, D]`, bytes.
    ///
    /// Cost: 4 · rounds · N · D · K operations and N · D · 4 bytes.
    static func fit(_ pictures: [UInt8], seed: UInt64, pool: ThreadPool) -> (mean: [Float], basis: [Float]) {
        let (d, k) = (FaceSpace.dimension, FaceSpace.components)
        let n = pictures.count / d
        var mean = [Float](repeating: 0, count: d)
        for picture in 0..<n {
            for value in 0..<d { mean[value] += Float(pictures[picture * d + value]) / Float(n) }
        }
        var centered = [Float](repeating: 0, count: n * d)
        for picture in 0..<n {
            for value in 0..<d {
                centered[picture * d + value] = Float(pictures[picture * d + value]) - mean[value]
            }
        }
        var draw = Philox(seed: seed, stream: .synthesis, epoch: SyntheticWorld.version)
        var basis = (0..<k * d).map { _ in draw.normal() }
        orthonormalize(&basis, rows: k, columns: d)
        var shares = [Float](repeating: 0, count: n * k)
        for _ in 0..<rounds {
            GEMM.multiply(
                pool: pool, transposeB: true, m: n, n: k, k: d, a: centered, lda: d, b: basis, ldb: d, c: &shares, ldc: k)
            GEMM.multiply(
                pool: pool, transposeA: true, m: k, n: d, k: n, a: shares, lda: k, b: centered, ldb: d, c: &basis, ldc: d)
            orthonormalize(&basis, rows: k, columns: d)
        }
        return (mean, basis)
    }

    /// Gram and Schmidt, twice: once loses orthogonality to rounding.
    private static func orthonormalize(_ rows: inout [Float], rows count: Int, columns d: Int) {
        for row in 0..<count {
            for _ in 0..<2 {
                for other in 0..<row {
                    var dot = 0.0
                    for index in 0..<d { dot += Double(rows[row * d + index]) * Double(rows[other * d + index]) }
                    for index in 0..<d { rows[row * d + index] -= Float(dot) * rows[other * d + index] }
                }
            }
            var square = 0.0
            for index in 0..<d { square += Double(rows[row * d + index]) * Double(rows[row * d + index]) }
            let scale = Float(1 / max(square.squareRoot(), 1e-20))
            for index in 0..<d { rows[row * d + index] *= scale }
        }
    }
}
