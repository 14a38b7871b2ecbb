// nn_gemm_model.h — the exact model of bfloat16 products as a maker. Included by nn_gemm_bf16.c with NAME and
// TARGET, once for processors that multiply and add in one instruction and once for all.

#define MAKER "bf16 model"
#define LANES 16
#define ELEMENT int32_t
#define SPLAT(x) ((sixteen)((sixteen_words){0} + (x)))
#define IN_PLACE 0
#define STORE_AROUND(to, x) (*(sixteen *)(to) = (x))
#define MULTIPLY_ADD(x, y, z) model_multiply_add(x, y, z)
#define LOAD_PART(from, count) load_part(from, count)
#define STORE_PART(to, count, x) store_part(to, count, x)
#define WIDTH(left) WIDTH16(left)
#define ROWS1 12
#define ROWS2 12
#define ROWS3 8
#define ROWS4 6
#define ROUND_ROW(from, count, to) round_row(from, count, to)
#define ROUND_TWO(low, high, count, to) round_two(low, high, count, to)
#define WORDS_UNIT 1
#define BY_ROWS 0
#define BEGIN_TILES()
#define END_TILES()
#include "nn_gemm_tile.h"
#include "nn_gemm_bf16.h"
