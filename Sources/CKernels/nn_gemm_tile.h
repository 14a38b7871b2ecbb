// nn_gemm_tile.h — multiply-accumulate and write: what the makers of products have in common, once per
// maker. How operands are packed and which loops lie around it is in nn_gemm_float32.h and nn_gemm_bf16.h.
// Included with
//   NAME(f)      f's name for this maker        TARGET   the attribute that allows its instructions
//   LANES        floats of a vector             LOAD_PART, STORE_PART   the first `count` lanes
//   ELEMENT      what A and B are made of: a float, or a word of two bfloat16 numbers of neighbouring k
//   SPLAT(x)     a vector of this element
//   STORE_AROUND(to, x)   stores an aligned vector around the caches
//   MULTIPLY_ADD(x, y, z)   x · y + z, of words both products, one after the other
//   IN_PLACE     1 where A, and B if unpacked, are read from where they are; 0 where both were packed
//   WIDTH(u)     vectors of the next panel of C's columns when u vectors are left
//   ROWS1 … 4    rows of a tile of 1 … 4 vectors, so that the sums fit the registers
// A tile of C is `rows` × `vectors` sums in registers; per k (or pair of k) it takes one element of each
// row of A and `vectors` vectors of B.

typedef float NAME(vec) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int NAME(ivec) __attribute__((vector_size(LANES * 4), aligned(4)));

#define FULL_UNROLL _Pragma("clang loop unroll(full)")

// yes where the mask is set, else no. A comparison with NaN sets nothing, so NaN stays and is seen.
TARGET static inline __attribute__((always_inline)) NAME(vec)
    NAME(choose)(NAME(ivec) mask, NAME(vec) yes, NAME(vec) no) {
    return (NAME(vec))((mask & (NAME(ivec))yes) | (~mask & (NAME(ivec))no));
}

// x · sigmoid(x), as bw_silu_sigmoid in nn_math.h has it.
TARGET static inline __attribute__((always_inline)) NAME(vec) NAME(silu)(NAME(vec) z) {
    NAME(vec) x = __builtin_elementwise_min(__builtin_elementwise_max(-z, z * 0 - 87.0f), z * 0 + 88.0f);
    const float magic = 12582912.0f;
    const NAME(vec) shifted = x * 1.44269504f + magic, n = shifted - magic;
    NAME(vec) r = x - n * 0.693145752f;
    r = r - n * 1.42860677e-6f;
    NAME(vec) p = r * (1.0f / 720.0f) + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return z / (1.0f + (NAME(vec))((NAME(ivec))p + ((NAME(ivec))shifted << 23)));
}

// Where a tile's columns are in B, C and the epilogue, and what to do at the end.
typedef struct {
    long k;  // elements of the summed length
    const ELEMENT *a;
    long lda;
    const ELEMENT *b;
    long ldb;  // elements of B from a k to the next
    float *c;
    long ldc;
    // What a k-major tile brings into the caches for the next block of k: a line per k, or nothing.
    const ELEMENT *ahead_a, *ahead_b;
    long ahead_step;
    int tail;   // columns of the last vector, LANES if it is whole
    int adds;   // C already holds a part of the sum
    int streams;  // store around the caches: rows of C are whole, aligned vectors
    const bw_gemm_epilogue *epilogue;  // NULL unless no further k follows
    long column;  // of the epilogue's vectors
    float *sums;  // running sums of this panel: vectors × LANES, then as many of squares; or NULL
} NAME(place);

// Writes a tile's sums with what the epilogue does to them.
TARGET static inline __attribute__((always_inline)) void NAME(write)(
    const NAME(place) *p, NAME(vec) sum[12][4], const int rows, const int vectors) {
    typedef NAME(vec) V;
    const V zero = {0};
    const int tail = p->tail;
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

#if !defined(OWN_PANELS)
// k_major: A is stored [k, m]. partial: B's last vector has p->tail columns only.
TARGET static inline __attribute__((always_inline)) void NAME(tile)(
    const NAME(place) *p, const int rows, const int vectors, const int k_major, const int partial) {
    typedef NAME(vec) V;
    V sum[12][4];
    const V zero = {0};
    FULL_UNROLL for (int i = 0; i < rows; i++)
        FULL_UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = zero;
    const long k = p->k, lda = p->lda, ldb = p->ldb;
    const ELEMENT *a = p->a, *b = p->b;
    const int tail = p->tail;
    for (long q = 0; q < k; q++) {
        if (IN_PLACE && k_major) {
            // The rows of k that follow, one line of A and of B at a time.
            __builtin_prefetch(p->ahead_a + q * p->ahead_step);
            __builtin_prefetch(p->ahead_b + q * p->ahead_step);
        } else if (IN_PLACE) {
            // The tile after the next: its rows are too short for the processor to see a pattern.
            __builtin_prefetch(a + (q % LINE + 2 * rows) * lda - q % LINE);
        }
        V column[4];
        FULL_UNROLL for (int v = 0; v < vectors; v++)
            column[v] = partial && v == vectors - 1 ? LOAD_PART((const float *)b + v * LANES, tail)
                                                    : *(const V *)(b + v * LANES);
        FULL_UNROLL for (int i = 0; i < rows; i++) {
            V row = SPLAT(k_major ? a[i] : a[i * lda]);
            FULL_UNROLL for (int v = 0; v < vectors; v++)
                sum[i][v] = MULTIPLY_ADD(row, column[v], sum[i][v]);
        }
        a += k_major ? lda : 1;
        b += ldb;
    }
    NAME(write)(p, sum, rows, vectors);
}

#define DEFINE_PANEL(VECTORS, ROWS, KIND, K_MAJOR, PARTIAL)                                         \
    /* All rows of a block for one panel of columns. */                                             \
    TARGET static __attribute__((noinline)) void NAME(panel_##KIND##VECTORS)(NAME(place) * p,       \
                                                                             long m) {              \
        const long step = K_MAJOR ? 1 : p->lda;                                                     \
        for (; m >= ROWS; m -= ROWS) {                                                              \
            NAME(tile)(p, ROWS, VECTORS, K_MAJOR, PARTIAL);                                         \
            if (IN_PLACE && K_MAJOR) {                                                              \
                p->ahead_a += p->k * p->ahead_step;                                                 \
                p->ahead_b += p->k * p->ahead_step;                                                 \
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
#if IN_PLACE
#define DEFINE_PANELS(VECTORS, ROWS)               \
    DEFINE_PANEL(VECTORS, ROWS, row, 0, 0)         \
    DEFINE_PANEL(VECTORS, ROWS, row_part, 0, 1)    \
    DEFINE_PANEL(VECTORS, ROWS, column, 1, 0)      \
    DEFINE_PANEL(VECTORS, ROWS, column_part, 1, 1)
#else
#define DEFINE_PANELS(VECTORS, ROWS)       \
    DEFINE_PANEL(VECTORS, ROWS, row, 0, 0) \
    DEFINE_PANEL(VECTORS, ROWS, column, 1, 0)
#endif

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
#endif

// Adds a panel's running sums to the epilogue's: `count` columns, of a panel of `vectors`.
TARGET static inline void NAME(add_sums)(const NAME(place) *p, long vectors, long count) {
    for (long j = 0; j < count; j++) {
        p->epilogue->sum[p->column + j] += p->sums[j];
        p->epilogue->square[p->column + j] += p->sums[vectors * LANES + j];
    }
}
