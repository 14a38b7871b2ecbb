// nn_gemm_tile.h — the inner kernels and loops of nn_gemm.c, once per instruction set. Included with
//   NAME(f)      f's name for this set          TARGET   the attribute that allows its instructions
//   LANES        floats of a vector             LOAD_PART, STORE_PART   the first `count` lanes
//   STORE_AROUND(to, x)   stores an aligned vector around the caches
//   MULTIPLY_ADD(x, y, z)   x · y + z
//   WIDTH(u)     vectors of the next panel of C's columns when u vectors are left
//   ROWS1 … 4    rows of a tile of 1 … 4 vectors, so that the sums fit the registers
// A tile of C is `rows` × `vectors` sums in registers; per k it takes one element of each row of A
// and `vectors` vectors of B.

typedef float NAME(vec) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int NAME(ivec) __attribute__((vector_size(LANES * 4), aligned(4)));

#define FULL_UNROLL _Pragma("clang loop unroll(full)")

// yes where the mask is set, else no. A comparison with NaN sets nothing, so NaN stays and is seen.
TARGET static inline __attribute__((always_inline)) NAME(vec)
    NAME(choose)(NAME(ivec) mask, NAME(vec) yes, NAME(vec) no) {
    return (NAME(vec))((mask & (NAME(ivec))yes) | (~mask & (NAME(ivec))no));
}

// x · sigmoid(x), as in nn_math.h.
TARGET static inline __attribute__((always_inline)) NAME(vec) NAME(silu)(NAME(vec) z) {
    NAME(vec) x = __builtin_elementwise_min(__builtin_elementwise_max(-z, z * 0 - 87.0f), z * 0 + 88.0f);
    const float magic = 12582912.0f;
    NAME(vec) n = (x * 1.44269504f + magic) - magic;
    NAME(vec) r = x - n * 0.693145752f;
    r = r - n * 1.42860677e-6f;
    NAME(vec) p = r * (1.0f / 720.0f) + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    NAME(ivec) bits = (__builtin_convertvector(n, NAME(ivec)) + 127) << 23;
    return z / (1.0f + p * (NAME(vec))bits);
}

// Where a tile's columns are in B, C and the epilogue, and what to do at the end.
typedef struct {
    long k;
    const float *a;
    long lda;
    const float *b;
    long ldb;  // floats of B from a k to the next
    float *c;
    long ldc;
    // What a k-major tile brings into the caches for the next block of k: a line per k, or nothing.
    const float *ahead_a, *ahead_b;
    long ahead_step;
    int tail;   // columns of the last vector, LANES if it is whole
    int adds;   // C already holds a part of the sum
    int streams;  // store around the caches: rows of C are whole, aligned vectors
    const bw_gemm_epilogue *epilogue;  // NULL unless no further k follows
    long column;  // of the epilogue's vectors
    float *sums;  // running sums of this panel: vectors × LANES, then as many of squares; or NULL
} NAME(place);

// k_major: A is stored [k, m]. partial: B's last vector has p->tail columns only.
TARGET static inline __attribute__((always_inline)) void NAME(tile)(
    const NAME(place) *p, const int rows, const int vectors, const int k_major, const int partial) {
    typedef NAME(vec) V;
    V sum[12][4];
    const V zero = {0};
    FULL_UNROLL for (int i = 0; i < rows; i++)
        FULL_UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = zero;
    const long k = p->k, lda = p->lda, ldb = p->ldb;
    const float *a = p->a, *b = p->b;
    const int tail = p->tail;
    for (long q = 0; q < k; q++) {
        if (k_major) {
            // The rows of k that follow, one line of A and of B at a time.
            __builtin_prefetch(p->ahead_a + q * p->ahead_step);
            __builtin_prefetch(p->ahead_b + q * p->ahead_step);
        } else {
            // The tile after the next: its rows are too short for the processor to see a pattern.
            __builtin_prefetch(a + (q % LINE + 2 * rows) * lda - q % LINE);
        }
        V column[4];
        FULL_UNROLL for (int v = 0; v < vectors; v++)
            column[v] = partial && v == vectors - 1 ? LOAD_PART(b + v * LANES, tail)
                                                    : *(const V *)(b + v * LANES);
        FULL_UNROLL for (int i = 0; i < rows; i++) {
            V row = (k_major ? a[i] : a[i * lda]) - zero;
            FULL_UNROLL for (int v = 0; v < vectors; v++)
                sum[i][v] = MULTIPLY_ADD(row, column[v], sum[i][v]);
        }
        a += k_major ? lda : 1;
        b += ldb;
    }
    float *c = p->c;
    const bw_gemm_epilogue *e = p->epilogue;
    V s[4], square[4];
    FULL_UNROLL for (int v = 0; v < vectors; v++) s[v] = square[v] = zero;
    const int streams = p->streams;
    FULL_UNROLL for (int v = 0; v < vectors; v++) {
        const int whole = v < vectors - 1 || tail == LANES;
        V bias = zero;
        if (e && e->bias)
            bias = whole ? *(const V *)(e->bias + p->column + v * LANES)
                         : LOAD_PART(e->bias + p->column + v * LANES, tail);
        FULL_UNROLL for (int i = 0; i < rows; i++) {
            float *to = c + i * p->ldc + v * LANES;
            V x = sum[i][v];
            if (p->adds) x += whole ? *(const V *)to : LOAD_PART(to, tail);
            if (e) {
                x += bias;
                if (e->activation == BW_ACT_SILU) x = NAME(silu)(x);
                else if (e->activation == BW_ACT_RELU) x = NAME(choose)(x < zero, zero, x);
                else if (e->activation == BW_ACT_LEAKY_RELU) x = NAME(choose)(x < zero, x * e->slope, x);
                s[v] += x;
                square[v] += x * x;
            }
            if (streams) STORE_AROUND(to, x);
            else if (whole) *(V *)to = x;
            else STORE_PART(to, tail, x);
        }
    }
    if (p->sums) {
        FULL_UNROLL for (int v = 0; v < vectors; v++) {
            *(V *)(p->sums + v * LANES) += s[v];
            *(V *)(p->sums + (vectors + v) * LANES) += square[v];
        }
    }
}

#define DEFINE_PANEL(VECTORS, ROWS, KIND, K_MAJOR, PARTIAL)                                         \
    /* All rows of a block for one panel of columns. */                                             \
    TARGET static __attribute__((noinline)) void NAME(panel_##KIND##VECTORS)(NAME(place) * p,       \
                                                                             long m) {              \
        const long step = K_MAJOR ? 1 : p->lda;                                                     \
        for (; m >= ROWS; m -= ROWS) {                                                              \
            NAME(tile)(p, ROWS, VECTORS, K_MAJOR, PARTIAL);                                         \
            if (K_MAJOR) {                                                                          \
                p->ahead_a += p->k * p->ahead_step;                                                          \
                p->ahead_b += p->k * p->ahead_step;                                                          \
            }                                                                                       \
            p->a += ROWS * step;                                                                    \
            p->c += ROWS * p->ldc;                                                                  \
        }                                                                                           \
        for (; m >= 4; m -= 4) {                                                                    \
            NAME(tile)(p, 4, VECTORS, K_MAJOR, PARTIAL);                                            \
            p->a += 4 * step;                                                                       \
            p->c += 4 * p->ldc;                                                                     \
        }                                                                                           \
        for (; m > 0; m--) {                                                                        \
            NAME(tile)(p, 1, VECTORS, K_MAJOR, PARTIAL);                                            \
            p->a += step;                                                                           \
            p->c += p->ldc;                                                                         \
        }                                                                                           \
    }
#define DEFINE_PANELS(VECTORS, ROWS)               \
    DEFINE_PANEL(VECTORS, ROWS, row, 0, 0)         \
    DEFINE_PANEL(VECTORS, ROWS, row_part, 0, 1)    \
    DEFINE_PANEL(VECTORS, ROWS, column, 1, 0)      \
    DEFINE_PANEL(VECTORS, ROWS, column_part, 1, 1)

DEFINE_PANELS(1, ROWS1)
DEFINE_PANELS(2, ROWS2)
#if defined(ROWS3)
DEFINE_PANELS(3, ROWS3)
DEFINE_PANELS(4, ROWS4)
#endif

#if defined(ROWS3)
#define CALL_PANEL(kind, vectors, p, m)                                                             \
    (vectors == 1   ? NAME(panel_##kind##1)(p, m)                                                   \
     : vectors == 2 ? NAME(panel_##kind##2)(p, m)                                                   \
     : vectors == 3 ? NAME(panel_##kind##3)(p, m)                                                   \
                    : NAME(panel_##kind##4)(p, m))
#else
#define CALL_PANEL(kind, vectors, p, m)                                                             \
    (vectors == 1 ? NAME(panel_##kind##1)(p, m) : NAME(panel_##kind##2)(p, m))
#endif

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
    // Blocks of k of equal length, whatever m and n.
    const long blocks = k <= BLOCK_K ? 1 : (k + BLOCK_K - 1) / BLOCK_K;
    const long length = blocks == 1 ? k : ((k + blocks - 1) / blocks + 7) / 8 * 8;
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
                if (p.sums) {
                    const long width = n - column < vectors * LANES ? n - column : vectors * LANES;
                    for (long j = 0; j < width; j++) {
                        epilogue->sum[column + j] += sums[j];
                        epilogue->square[column + j] += sums[vectors * LANES + j];
                    }
                }
                ahead_a = p.ahead_a;
                ahead_b = p.ahead_b;
                first += vectors;
            }
            q += depth;
        } while (q < k);
    }
}

#undef DEFINE_PANEL
#undef DEFINE_PANELS
#undef CALL_PANEL
#undef FULL_UNROLL
#undef NAME
#undef TARGET
#undef LANES
#undef LOAD_PART
#undef STORE_PART
#undef STORE_AROUND
#undef WIDTH
#undef MULTIPLY_ADD
#undef ROWS1
#undef ROWS2
#undef ROWS3
#undef ROWS4
