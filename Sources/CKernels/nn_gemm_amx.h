// nn_gemm_amx.h — one maker by tiles of 16×16: the panels for nn_gemm_tile.h's place, and the rest of what
// nn_gemm_bf16.h wants. Included by nn_gemm_amx.c with NAME, MAKER, TARGET, LOAD_PART, STORE_PART
// and the instructions on tiles.

#define LANES 16
#define ELEMENT int32_t
#define IN_PLACE 0
#define STORE_AROUND(to, x) (*(sixteen *)(to) = (x))
#define OWN_PANELS
#define WIDTH(left) ((left) == 1 ? 1 : 2)
#define WORDS_UNIT SIDE
#define BY_ROWS 1
#define CALL_PANEL(kind, vectors, p, m) NAME(panel)(p, m, vectors)
#define ROUND_ROW(from, count, to) round_row(from, count, to)
#define ROUND_TWO(low, high, count, to) round_two(low, high, count, to)

#include "nn_gemm_tile.h"

// All rows of a block for one panel of one or two units of columns: up to two by two tiles at a time. Rows
// behind the last are multiplied as they are in the packed block, and not written.
TARGET static void NAME(panel)(NAME(place) * p, long m, long vectors) {
    DECLARE_TILES
    enum { WIDE = 2 * SIDE };
    float sums[WIDE * WIDE] __attribute__((aligned(64)));
    for (; m > 0; m -= 2 * SIDE) {
        const long rows = m < 2 * SIDE ? m : 2 * SIDE;
        TILE_ZERO(0);
        TILE_ZERO(1);
        TILE_ZERO(2);
        TILE_ZERO(3);
        for (long q = 0; q < p->k; q += SIDE) {
            const int32_t *a = p->a + q, *b = p->b + q * p->ldb;
            TILE_MULTIPLY(0, a, p->lda, b, p->ldb);
            if (vectors > 1) TILE_MULTIPLY(1, a, p->lda, b + SIDE, p->ldb);
            if (rows > SIDE) TILE_MULTIPLY(2, a + SIDE * p->lda, p->lda, b, p->ldb);
            if (rows > SIDE && vectors > 1) TILE_MULTIPLY(3, a + SIDE * p->lda, p->lda, b + SIDE, p->ldb);
        }
        TILE_STORE(0, sums, WIDE);
        TILE_STORE(1, sums + SIDE, WIDE);
        TILE_STORE(2, sums + SIDE * WIDE, WIDE);
        TILE_STORE(3, sums + SIDE * WIDE + SIDE, WIDE);
        for (long i = 0; i < rows; i++) {
            NAME(vec) row[12][4];
            for (long v = 0; v < vectors; v++) row[0][v] = *(const NAME(vec) *)(sums + i * WIDE + v * SIDE);
            if (vectors == 1) NAME(write)(p, row, 1, 1);
            else NAME(write)(p, row, 1, 2);
            p->c += p->ldc;
        }
        p->a += 2 * SIDE * p->lda;
    }
}

#include "nn_gemm_bf16.h"

#undef TILE_ZERO
#undef TILE_MULTIPLY
#undef TILE_STORE
#undef DECLARE_TILES
