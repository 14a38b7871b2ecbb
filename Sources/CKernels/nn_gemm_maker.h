// nn_gemm_maker.h — what a maker of products is. Private to CKernels: nn_gemm.h chooses one.
//
// All makers have the same four parts. B is packed by `pack` and, where a maker needs it, A and an unpacked
// B block by block within `product`; nn_gemm_tile.h multiplies, accumulates and writes with the epilogue.
#pragma once

#include "nn_batchnorm.h"
#include "nn_gemm.h"

#include <stdint.h>
#include <string.h>

typedef struct {
    const char *name;
    long (*packed_count)(long n, long k);
    void (*pack)(const float *b, long ldb, int transposed, long n, long k, float *packed, int part, int parts);
    /// k_major: A is [k, m]. packed: B as `pack` left it, else [k, n] with ldb.
    void (*product)(long m, long n, long k, const float *a, long lda, int k_major, const float *b, long ldb,
                    int packed, int beta, float *c, long ldc, const bw_gemm_epilogue *epilogue);
} bw_gemm_maker;

/// The makers of bfloat16 products: by the processor's vectors (NULL where it has no such), by its tiles
/// (NULL likewise), by exact C, and the tiles' own loops by C, for tests.
const bw_gemm_maker *bw_gemm_avx512_bf16(void);
const bw_gemm_maker *bw_gemm_amx_bf16(void);
const bw_gemm_maker *bw_gemm_bf16_model(void);
const bw_gemm_maker *bw_gemm_amx_model(void);

// Rows of A that stay in the second-level cache, and the summed length of one block. The tile sizes
// divide the rows. Floats of a cache line.
enum { BLOCK_M = 96, BLOCK_K = 256, LINE = 16 };

// Blocks of k of equal length, a multiple of `unit`, whatever m and n.
static inline long block_length(long k, long unit) {
    const long blocks = k <= BLOCK_K ? 1 : (k + BLOCK_K - 1) / BLOCK_K;
    return blocks == 1 ? k : ((k + blocks - 1) / blocks + unit - 1) / unit * unit;
}

typedef float four __attribute__((vector_size(16), aligned(4)));

// to[j][i] = from[i][j] for four rows of four, of floats or of other words of 32 bits.
static inline __attribute__((always_inline)) void turn_four(const void *from, long ldf, void *to, long ldt) {
    const float *in = from;
    float *out = to;
    four a = *(const four *)in, b = *(const four *)(in + ldf);
    four c = *(const four *)(in + 2 * ldf), d = *(const four *)(in + 3 * ldf);
    four ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    four cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)out = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
    *(four *)(out + ldt) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
    *(four *)(out + 2 * ldt) = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
    *(four *)(out + 3 * ldt) = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
}
