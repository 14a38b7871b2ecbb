// nn_gemm_bf16.h — packing and loops of the bfloat16 products, around nn_gemm_tile.h, which is included
// before it with the same names. Further ones are
//   ROUND_ROW(from, count, to)      `count` floats as bfloat16, two of neighbouring k a word, the first
//                                   in the lower half
//   ROUND_TWO(low, high, count, to) `count` words of a number of each row; `high` may be NULL for zeros
//                                   Both fill up with zeros to a multiple of LANES words
//   WORDS_UNIT                      of which the words of a block of k are a multiple, filled up with zeros
//   BY_ROWS                         A is packed row by row even if it is stored [k, m]
//   BEGIN_TILES(), END_TILES()      what a thread has to do around a product
//
// Both operands are rounded while they are packed: B once per call or once for all, A in blocks that stay
// in the first caches. The tall operand passes through the caches either way; packed it is half as large.

// Columns of an unpacked B that are packed at a time, and words of a block of k.
enum { NAME(columns) = 192, NAME(words) = BLOCK_K / 2 };

static inline long NAME(words_of)(long k) { return ((k + 1) / 2 + WORDS_UNIT - 1) / WORDS_UNIT * WORDS_UNIT; }
static inline long NAME(units)(long n) { return (n + LANES - 1) / LANES; }

static long NAME(packed_count)(long n, long k) { return NAME(units)(n) * LANES * NAME(words_of)(k); }

// The columns of one unit of B, `count` of them, as words [k/2][LANES] with `width` words from a pair of k
// to the next. b begins with the unit's first column.
TARGET static void NAME(pack_unit)(const float *b, long ldb, int transposed, int count, long k, int32_t *out,
                                   long width) {
    const long pairs = (k + 1) / 2, words = NAME(words_of)(k);
    if (!transposed) {
        for (long q = 0; q < pairs; q++) {
            ROUND_TWO(b + 2 * q * ldb, 2 * q + 1 < k ? b + (2 * q + 1) * ldb : 0, count, out + q * width);
        }
    } else {
        // Rows of B, rounded a piece at a time and turned in squares of four.
        enum { PIECE = 64 };
        int32_t rows[LANES][PIECE];
        if (count < LANES) memset(rows, 0, sizeof rows);
        for (long q = 0; q < pairs; q += PIECE) {
            const long some = pairs - q < PIECE ? pairs - q : PIECE;
            for (int j = 0; j < count; j++) {
                const long left = k - 2 * q;
                ROUND_ROW(b + j * ldb + 2 * q, left < 2 * PIECE ? left : 2 * PIECE, rows[j]);
            }
            long t = 0;
            for (; t + 4 <= some; t += 4)
                for (int j = 0; j < LANES; j += 4) turn_four(rows[j] + t, PIECE, out + (q + t) * width + j, width);
            for (; t < some; t++)
                for (int j = 0; j < LANES; j++) out[(q + t) * width + j] = rows[j][t];
        }
    }
    for (long q = pairs; q < words; q++)
        for (int j = 0; j < LANES; j++) out[q * width + j] = 0;
}

// Panels stand one after the other; within a panel [words of k][vectors × LANES], filled up with zeros.
TARGET static void NAME(pack)(const float *b, long ldb, int transposed, long n, long k, float *packed,
                              int part, int parts) {
    const long words = NAME(words_of)(k);
    long left = NAME(units)(n), first = 0;
    const long from = left * part / parts, to = left * (part + 1) / parts;
    while (left > 0) {
        const long vectors = WIDTH(left);
        int32_t *panel = (int32_t *)packed + first * LANES * words;
        for (long v = 0; v < vectors; v++) {
            if (first + v < from || first + v >= to) continue;
            const long column = (first + v) * LANES;
            NAME(pack_unit)(transposed ? b + column * ldb : b + column, ldb, transposed,
                            (int)(n - column < LANES ? n - column : LANES), k, panel + v * LANES,
                            vectors * LANES);
        }
        first += vectors;
        left -= vectors;
    }
}

// A block of A: `rows` rows of the result, `depth` of k. Returns the words from a row to the next or, if it
// stays k-major, from a pair of k to the next.
TARGET static long NAME(pack_a)(const float *a, long lda, int k_major, long rows, long depth, int32_t *out) {
    const long pairs = (depth + 1) / 2, words = NAME(words_of)(depth);
    if (!k_major) {
        const long step = (words + LANES - 1) / LANES * LANES;
        for (long i = 0; i < rows; i++) ROUND_ROW(a + i * lda, depth, out + i * step);
        return step;
    }
    const long step = BY_ROWS ? (words + LANES - 1) / LANES * LANES : BLOCK_M;
    for (long q = 0; q < pairs; q++) {
        const float *low = a + 2 * q * lda, *high = 2 * q + 1 < depth ? low + lda : 0;
        if (BY_ROWS) {
            int32_t line[BLOCK_M];
            ROUND_TWO(low, high, rows, line);
            for (long i = 0; i < rows; i++) out[i * step + q] = line[i];
        } else {
            ROUND_TWO(low, high, rows, out + q * step);
        }
    }
    if (BY_ROWS)
        for (long i = 0; i < rows; i++)
            for (long q = pairs; q < words; q++) out[i * step + q] = 0;
    return step;
}

// One block of A against some columns: rows i … i + count − 1 of C, columns from `first` on, k from q on.
typedef struct {
    long n, k;
    float *c;
    long ldc;
    int beta, streams;
    const bw_gemm_epilogue *epilogue;
    const int32_t *a;
    long lda;
    int k_major;
    // Panels of B for the columns from `first` to `end`: `words` words a column, of which `skip` are before q.
    const int32_t *b;
    long words, skip, first, end;
} NAME(blocks);

TARGET static void NAME(block)(const NAME(blocks) *s, long i, long count, long q, long depth) {
    const int is_last = q + depth >= s->k;
    const long units = NAME(units)(s->end - s->first);
    for (long unit = 0, vectors; unit < units; unit += vectors) {
        vectors = WIDTH(units - unit);
        const long column = s->first + unit * LANES, left = s->end - column;
        const long rest = left - (vectors - 1) * LANES;
        float sums[2 * 4 * LANES];
        NAME(place) p = {
            .k = NAME(words_of)(depth),
            .a = s->a,
            .lda = s->lda,
            .b = s->b + unit * LANES * s->words + s->skip * vectors * LANES,
            .ldb = vectors * LANES,
            .c = s->c + i * s->ldc + column,
            .ldc = s->ldc,
            .tail = (int)(rest < LANES ? rest : LANES),
            .adds = s->beta || q > 0,
            .streams = is_last && s->streams,
            .epilogue = is_last ? s->epilogue : 0,
            .column = column,
            .sums = is_last && s->epilogue && s->epilogue->sum ? sums : 0,
        };
        if (p.sums) memset(sums, 0, sizeof sums);
        if (s->k_major && !BY_ROWS) CALL_PANEL(column, vectors, &p, count);
        else CALL_PANEL(row, vectors, &p, count);
        if (p.sums) NAME(add_sums)(&p, vectors, left < vectors * LANES ? left : vectors * LANES);
    }
}

TARGET static void NAME(product)(long m, long n, long k, const float *a, long lda, int k_major,
                                 const float *b, long ldb, int packed, int beta, float *c, long ldc,
                                 const bw_gemm_epilogue *epilogue) {
    const long length = block_length(k, WORDS_UNIT > 4 ? 2 * WORDS_UNIT : 8);
    int32_t a_words[BLOCK_M * NAME(words)] __attribute__((aligned(64)));
    NAME(blocks) s = {
        .n = n,
        .k = k,
        .c = c,
        .ldc = ldc,
        .beta = beta,
        .streams = epilogue && epilogue->streams && n % LANES == 0 && ldc % LANES == 0 &&
                   (uintptr_t)c % (LANES * sizeof(float)) == 0,
        .epilogue = epilogue,
        .a = a_words,
        .k_major = k_major,
    };
    BEGIN_TILES();
    if (packed) {
        // A block of C stays in the second-level cache while all k pass.
        s.b = (const int32_t *)b, s.words = NAME(words_of)(k), s.end = n;
        for (long i = 0; i < m; i += BLOCK_M) {
            const long count = m - i < BLOCK_M ? m - i : BLOCK_M;
            long q = 0;
            do {
                const long depth = k - q < length ? k - q : length;
                s.lda = NAME(pack_a)(k_major ? a + q * lda + i : a + i * lda + q, lda, k_major, count, depth, a_words);
                s.skip = q / 2;
                NAME(block)(&s, i, count, q, depth);
                q += depth;
            } while (q < k);
        }
    } else {
        int32_t b_words[NAME(columns) * NAME(words)] __attribute__((aligned(64)));
        s.b = b_words;
        for (s.first = 0; s.first < n; s.first = s.end) {
            s.end = n - s.first < NAME(columns) ? n : s.first + NAME(columns);
            long q = 0;
            do {
                const long depth = k - q < length ? k - q : length;
                NAME(pack)(b + q * ldb + s.first, ldb, 0, s.end - s.first, depth, (float *)b_words, 0, 1);
                s.words = NAME(words_of)(depth);
                for (long i = 0; i < m; i += BLOCK_M) {
                    const long count = m - i < BLOCK_M ? m - i : BLOCK_M;
                    s.lda =
                        NAME(pack_a)(k_major ? a + q * lda + i : a + i * lda + q, lda, k_major, count, depth, a_words);
                    NAME(block)(&s, i, count, q, depth);
                }
                q += depth;
            } while (q < k);
        }
    }
    END_TILES();
}

static const bw_gemm_maker NAME(maker) = {MAKER, NAME(packed_count), NAME(pack), NAME(product)};

#include "nn_gemm_end.h"
