// GEMM.swift — matrix products through OpenBLAS, split over the thread pool.
//
// OpenBLAS is kept at one thread: its own threads would compete with the pool and with other ranks,
// and the tall products of pointwise convolutions split well over rows.

import COpenBLAS

/// C = α · op(A) · op(B) + β · C, row-major float32.
public enum GEMM {
    /// - Parameters:
    ///   - m: rows of C. n: columns of C. k: the summed dimension.
    ///   - a: `[m, k]`, or `[k, m]` if `transposeA`. b: `[k, n]`, or `[n, k]` if `transposeB`.
    ///   - lda, ldb, ldc: floats from a row to the next, as stored.
    /// Zero m or n does nothing; zero k scales C by β. Cost: 2·m·n·k floating-point operations.
    ///
    /// Equal calls on pools of equal size give equal bits. Pools of other sizes cut elsewhere, and
    /// OpenBLAS may then round other elements in its edge kernels: equal to rounding only. Cuts that
    /// ignore the pool's size would cost a tenth to a third of the speed in the weights' gradients.
    public static func multiply(
        pool: ThreadPool, transposeA: Bool = false, transposeB: Bool = false,
        m: Int, n: Int, k: Int, alpha: Float = 1,
        a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
        beta: Float = 0, c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        guard m > 0 && n > 0 else { return }
        let opA = transposeA ? CblasTrans : CblasNoTrans
        let opB = transposeB ? CblasTrans : CblasNoTrans
        func part(rows: Range<Int>, columns: Range<Int>) {
            cblas_sgemm(
                CblasRowMajor, opA, opB, blasint(rows.count), blasint(columns.count), blasint(k), alpha,
                a + (transposeA ? rows.lowerBound : rows.lowerBound * lda), blasint(lda),
                b + (transposeB ? columns.lowerBound * ldb : columns.lowerBound), blasint(ldb),
                beta, c + rows.lowerBound * ldc + columns.lowerBound, blasint(ldc))
        }
        // Below this a split costs more than it gains.
        let worthSplitting = 1 << 18
        guard pool.threadCount > 1 && m * n * max(k, 1) >= worthSplitting else {
            part(rows: 0..<m, columns: 0..<n)
            return
        }
        // Cuts fall on multiples of 16, the kernels' tile.
        let tiles = (max(m, n) + 15) / 16
        pool.forRanges(tiles) { range in
            let cut = range.lowerBound * 16..<min(range.upperBound * 16, max(m, n))
            if m >= n { part(rows: cut, columns: 0..<n) } else { part(rows: 0..<m, columns: cut) }
        }
    }
}
