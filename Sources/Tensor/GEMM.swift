// GEMM.swift — matrix products, shared out over the thread pool. The products themselves are in
// CKernels (nn_gemm.h) or, for forms that the network does not need, in OpenBLAS.
//
// Note [Who multiplies]
// The own kernels beat OpenBLAS over EfficientNet-B4's shapes in all three products (104, 106 and 99
// GFLOP/s against 92, 90 and 85 on a core whose peak is 126), by up to 2× where channels are few, and
// lose at most 6 % on single shapes: so they take all that they can. Their results do not depend on
// the number of threads, to the bit. OpenBLAS is kept at one thread: its own would compete with the
// pool and with other ranks.

import CKernels
import COpenBLAS

/// C = α · op(A) · op(B) + β · C, row-major float32; the products may be of rounded numbers.
public enum GEMM {
    /// - Parameters:
    ///   - m: rows of C. n: columns of C. k: the summed dimension.
    ///   - a: `[m, k]`, or `[k, m]` if `transposeA`. b: `[k, n]`, or `[n, k]` if `transposeB`.
    ///   - lda, ldb, ldc: floats from a row to the next, as stored.
    /// Zero m or n does nothing; zero k scales C by β. Cost: 2·m·n·k floating-point operations.
    ///
    /// With α 1, β 0 or 1 and at most one operand transposed equal calls give equal bits on pools of
    /// any size. Other forms go to OpenBLAS, whatever `products`, and are equal to rounding only.
    public static func multiply(
        pool: ThreadPool, products: Products = .float32, transposeA: Bool = false, transposeB: Bool = false,
        m: Int, n: Int, k: Int, alpha: Float = 1,
        a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
        beta: Float = 0, c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        guard m > 0 && n > 0 else { return }
        guard alpha == 1 && (beta == 0 || beta == 1) && !(transposeA && transposeB) else {
            cblas_sgemm(
                CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
                transposeB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), alpha,
                a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
            return
        }
        let adds: Int32 = beta == 0 ? 0 : 1
        let isPacked = products.isRounded || m > fewRows
        if transposeA {
            sumOverRows(pool, products, m, n, k, a, lda, b, ldb, adds, c, ldc)
        } else if !isPacked && transposeB && m < n {
            fewRowsTransposed(pool, m, n, k, a, lda, b, ldb, adds, c, ldc)
        } else if !isPacked && !transposeB {
            forTiles(pool, n, of: 48, work: m * n * k) {
                bw_gemm_nn(products.kind, m, $0.count, k, a, lda, b + $0.lowerBound, ldb, adds, c + $0.lowerBound, ldc)
            }
        } else {
            let packed = pool.workspace(bw_gemm_packed_count(products.kind, n, k))
            pack(pool, products, transposed: transposeB, n: n, k: k, b, ldb, into: packed)
            forTiles(pool, m, of: 24, work: m * n * k) {
                bw_gemm_packed(
                    products.kind, $0.count, n, k, a + $0.lowerBound * lda, lda, packed, adds, c + $0.lowerBound * ldc,
                    ldc, nil)
            }
        }
    }

    /// What makes products here, as `bench` and the log name it.
    public static func description(_ products: Products = .float32) -> String {
        "own \(products.isRounded ? "\(products.name), elsewhere " : "")\(Products.float32.name)"
    }

    /// Up to here packing B costs more than it saves, unless it is rounded anyway.
    private static let fewRows = 16

    /// Packs B for `bw_gemm_packed`.
    package static func pack(
        _ pool: ThreadPool, _ products: Products, transposed: Bool, n: Int, k: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let parts = n * k >= 1 << 16 ? pool.threadCount : 1
        pool.run(tasks: parts) { part in
            bw_gemm_pack(products.kind, b, ldb, transposed ? 1 : 0, n, k, packed, Int32(part), Int32(parts))
        }
    }

    /// C = A · Bᵀ with few rows of A: as Cᵀ = B · Aᵀ, which packs the small one.
    private static func fewRowsTransposed(
        _ pool: ThreadPool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ lda: Int,
        _ b: UnsafePointer<Float>, _ ldb: Int, _ adds: Int32, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) {
        let float32 = Products.float32.kind
        let size = bw_gemm_packed_count(float32, m, k)
        let packed = pool.workspace(size + m * n)
        let turned = packed + size
        bw_gemm_pack(float32, a, lda, 1, m, k, packed, 0, 1)
        forTiles(pool, n, of: 24, work: m * n * k) { rows in
            bw_gemm_packed(
                float32, rows.count, m, k, b + rows.lowerBound * ldb, ldb, packed, 0, turned + rows.lowerBound * m,
                m, nil)
            for row in rows {
                for i in 0..<m {
                    c[i * ldc + row] = adds == 0 ? turned[row * m + i] : c[i * ldc + row] + turned[row * m + i]
                }
            }
        }
    }

    /// C = Aᵀ · B: the product of a weight's gradient, whose k is the rows of a map.
    private static func sumOverRows(
        _ pool: ThreadPool, _ products: Products, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ lda: Int,
        _ b: UnsafePointer<Float>, _ ldb: Int, _ adds: Int32, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) {
        // Tall maps with few channels: fixed parts of the rows, added in order. The rule looks at the
        // shape alone, and the parts at k alone.
        if m * n <= 1 << 16 && k >= 4096 {
            let parts = 8
            let partial = pool.workspace(parts * m * n)
            pool.run(tasks: parts) { part in
                let first = k * part / parts
                bw_gemm_tn(
                    products.kind, m, n, k * (part + 1) / parts - first, a + first * lda, lda, b + first * ldb, ldb, 0,
                    partial + part * m * n, n)
            }
            for row in 0..<m {
                for part in 0..<parts {
                    let from = partial + part * m * n + row * n
                    if part == 0 && adds == 0 {
                        (c + row * ldc).update(from: from, count: n)
                    } else {
                        bw_add_scaled(c + row * ldc, from, n, 1)
                    }
                }
            }
        } else if m >= n {
            forTiles(pool, m, of: 24, work: m * n * k) {
                bw_gemm_tn(
                    products.kind, $0.count, n, k, a + $0.lowerBound, lda, b, ldb, adds, c + $0.lowerBound * ldc, ldc)
            }
        } else {
            forTiles(pool, n, of: 48, work: m * n * k) {
                bw_gemm_tn(
                    products.kind, m, $0.count, k, a, lda, b + $0.lowerBound, ldb, adds, c + $0.lowerBound, ldc)
            }
        }
    }

    /// Cuts 0 ..< `count` at multiples of `tile` into a few ranges per thread. Where the cuts are makes
    /// no difference to the results.
    private static func forTiles(
        _ pool: ThreadPool, _ count: Int, of tile: Int, work: Int, _ body: (Range<Int>) -> Void
    ) {
        let tiles = (count + tile - 1) / tile
        // Below this a split costs more than it gains.
        let parts =
            pool.threadCount == 1 || work < 1 << 18
            ? 1 : tiles >= 16 * pool.threadCount ? 4 * pool.threadCount : min(tiles, pool.threadCount)
        pool.run(tasks: parts) { part in
            body(tiles * part / parts * tile..<min(tiles * (part + 1) / parts * tile, count))
        }
    }
}
