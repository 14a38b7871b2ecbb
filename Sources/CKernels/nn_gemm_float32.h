// nn_gemm_float32.h — packing and loops of the float32 products, around nn_gemm_tile.h, which is included
// before it with the same names. A is never packed.

static long NAME(packed_count)(long n, long k) { return (n + LANES - 1) / LANES * LANES * k; }

// Panels stand one after the other; within a panel [k][vectors × LANES], filled up with zeros.
TARGET static void NAME(pack)(const float *b, long ldb, int transposed, long n, long k, float *packed,
                              int part, int parts) {
    long left = (n + LANES - 1) / LANES, first = 0;
    const long from = left * part / parts, to = left * (part + 1) / parts;
    while (left > 0) {
        const long vectors = WIDTH(left), width = vectors * LANES;
        float *panel = packed + first * LANES * k;
        for (long v = 0; v < vectors; v++) {
            if (first + v < from || first + v >= to) continue;
            const long column = (first + v) * LANES;
            const int count = (int)(n - column < LANES ? n - column : LANES);
            float *out = panel + v * LANES;
            if (!transposed) {
                for (long q = 0; q < k; q++)
                    *(NAME(vec) *)(out + q * width) = count == LANES
                                                           ? *(const NAME(vec) *)(b + q * ldb + column)
                                                           : LOAD_PART(b + q * ldb + column, count);
            } else {
                // Squares of four, turned in registers; singly what is left over.
                const int whole = count / 4 * 4;
                long q = 0;
                for (; q + 4 <= k; q += 4) {
                    for (int j = 0; j < whole; j += 4)
                        turn_four(b + (column + j) * ldb + q, ldb, out + q * width + j, width);
                    for (int j = whole; j < LANES; j++)
                        for (long t = q; t < q + 4; t++)
                            out[t * width + j] = j < count ? b[(column + j) * ldb + t] : 0;
                }
                for (; q < k; q++)
                    for (int j = 0; j < LANES; j++)
                        out[q * width + j] = j < count ? b[(column + j) * ldb + q] : 0;
            }
        }
        first += vectors;
        left -= vectors;
    }
}

// One body for all three products. packed: B as `pack` left it, else [k, n] with ldb.
TARGET static void NAME(product)(long m, long n, long k, const float *a, long lda, int k_major,
                                 const float *b, long ldb, int packed, int beta, float *c, long ldc,
                                 const bw_gemm_epilogue *epilogue) {
    const long length = block_length(k, 8);
    const long units = (n + LANES - 1) / LANES;
    const int has_sums = epilogue && epilogue->sum;
    const int streams = epilogue && epilogue->streams && n % LANES == 0 && ldc % LANES == 0 &&
                        (uintptr_t)c % (LANES * sizeof(float)) == 0;
    // A block of A stays in the second-level cache while all panels pass. Of an A [k, m] all columns
    // do, block by block of k, where they fit: then A and B are read once.
    const int fits = length * (m + n) <= CACHED;
    const long block_m = k_major && fits ? m : BLOCK_M;
    for (long i = 0; i < m; i += block_m) {
        const long count = m - i < block_m ? m - i : block_m;
        long q = 0;
        do {
            const long depth = k - q < length ? k - q : length;
            const int is_last = q + depth >= k;
            long first = 0;
            const float *ahead_a = a + (q + depth) * lda, *ahead_b = b + (q + depth) * ldb;
            const int looks_ahead = k_major && fits && !is_last;
            while (first < units) {
                const long vectors = WIDTH(units - first), column = first * LANES;
                const long rest = n - column - (vectors - 1) * LANES;
                float sums[2 * 4 * LANES];
                NAME(place) p = {
                    .k = depth,
                    .a = k_major ? a + q * lda + i : a + i * lda + q,
                    .lda = lda,
                    .b = packed ? b + column * k + q * vectors * LANES : b + q * ldb + column,
                    .ldb = packed ? vectors * LANES : ldb,
                    .c = c + i * ldc + column,
                    .ldc = ldc,
                    .ahead_a = ahead_a,
                    .ahead_b = ahead_b,
                    .ahead_step = looks_ahead && ahead_a < a + (q + 2 * depth) * lda ? LINE : 0,
                    .tail = (int)(rest < LANES ? rest : LANES),
                    .adds = beta || q > 0,
                    .streams = is_last && streams,
                    .epilogue = is_last ? epilogue : 0,
                    .column = column,
                    .sums = is_last && has_sums ? sums : 0,
                };
                if (p.sums) memset(sums, 0, sizeof sums);
                const int partial = !packed && p.tail < LANES;
                if (k_major && partial) CALL_PANEL(column_part, vectors, &p, count);
                else if (k_major) CALL_PANEL(column, vectors, &p, count);
                else if (partial) CALL_PANEL(row_part, vectors, &p, count);
                else CALL_PANEL(row, vectors, &p, count);
                if (p.sums) NAME(add_sums)(&p, vectors, n - column < vectors * LANES ? n - column : vectors * LANES);
                ahead_a = p.ahead_a;
                ahead_b = p.ahead_b;
                first += vectors;
            }
            q += depth;
        } while (q < k);
    }
}

static const bw_gemm_maker NAME(maker) = {MAKER, NAME(packed_count), NAME(pack), NAME(product)};

#include "nn_gemm_end.h"
