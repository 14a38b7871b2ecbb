// nn_gemm.c — float32 matrix products for pointwise convolutions, their gradients and what else the
// network multiplies. The loops are in nn_gemm_tile.h; here stands what differs between processors.
//
// Note [The shape of the product]
// The maps are tall matrices with few columns, so neither A nor C is copied: A's numbers are
// broadcast from where they are, eight rows at a time, and only the small B is packed, once per call
// or once for all in inference. Unlike a general library it needs no copy of the tall operand, which
// is what costs most where the channels are few.

#include "nn_gemm.h"
#include "nn_batchnorm.h"

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Rows of A that stay in the second-level cache, and the summed length of one block. The tile sizes
// divide the rows.
enum { BLOCK_M = 96, BLOCK_K = 256 };
// Floats of a cache line, and of what is taken to stay in the second-level cache.
enum { LINE = 16, CACHED = 1 << 17 };

typedef float four __attribute__((vector_size(16), aligned(4)));

// to[j][i] = from[i][j] for four rows of four.
static inline __attribute__((always_inline)) void turn_four(const float *from, long ldf, float *to,
                                                            long ldt) {
    four a = *(const four *)from, b = *(const four *)(from + ldf);
    four c = *(const four *)(from + 2 * ldf), d = *(const four *)(from + 3 * ldf);
    four ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    four cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)to = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
    *(four *)(to + ldt) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
    *(four *)(to + 2 * ldt) = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
    *(four *)(to + 3 * ldt) = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
}

#if defined(__x86_64__)
#define NAME(f) avx512_##f
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))
#define LANES 16
#define STORE_AROUND(to, x) _mm512_stream_ps(to, (__m512)(x))
#define MULTIPLY_ADD(x, y, z) __builtin_elementwise_fma(x, y, z)
#define LOAD_PART(from, count) ((avx512_vec)_mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), from))
#define STORE_PART(to, count, x) \
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << (count)) - 1), (__m512)(x))
#define WIDTH(left) ((left) == 1 ? 1 : (left) == 2 || (left) == 5 ? 2 : (left) == 4 ? 4 : 3)
#define ROWS1 12
#define ROWS2 12
#define ROWS3 8
#define ROWS4 6
#include "nn_gemm_tile.h"

static const int part_of_eight[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
#define MASK_OF(count) _mm256_loadu_si256((const __m256i *)(part_of_eight + 8 - (count)))
#define NAME(f) avx2_##f
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define STORE_AROUND(to, x) _mm256_stream_ps(to, (__m256)(x))
#define MULTIPLY_ADD(x, y, z) __builtin_elementwise_fma(x, y, z)
#define LOAD_PART(from, count) ((avx2_vec)_mm256_maskload_ps(from, MASK_OF(count)))
#define STORE_PART(to, count, x) _mm256_maskstore_ps(to, MASK_OF(count), (__m256)(x))
#define WIDTH(left) ((left) == 1 ? 1 : 2)
#define ROWS1 12
#define ROWS2 6
#include "nn_gemm_tile.h"
#endif

static inline four plain_load_part(const float *from, int count) {
    four x = {0};
    for (int i = 0; i < count; i++) x[i] = from[i];
    return x;
}
static inline void plain_store_part(float *to, int count, four x) {
    for (int i = 0; i < count; i++) to[i] = x[i];
}
#define NAME(f) plain_##f
#define TARGET
#define LANES 4
#define STORE_AROUND(to, x) (*(plain_vec *)(to) = (x))
// Fused where the processor can; where it can't, a fused one would be a call.
#define MULTIPLY_ADD(x, y, z) ((x) * (y) + (z))
#define LOAD_PART(from, count) plain_load_part(from, count)
#define STORE_PART(to, count, x) plain_store_part(to, count, x)
#define WIDTH(left) ((left) == 1 ? 1 : 2)
#define ROWS1 12
#define ROWS2 6
#include "nn_gemm_tile.h"

// Of this thread alone, so that a test does not change what others run.
static _Thread_local int limit = 2;

void bw_gemm_limit(int level) { limit = level; }

static int level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (limit >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return 2;
    if (limit >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
    return 0;
}

const char *bw_gemm_isa(void) {
    const int l = level();
    return l == 2 ? "avx512" : l == 1 ? "avx2" : "plain";
}

#if defined(__x86_64__)
#define DISPATCH(f, ...)                                                                            \
    (level() == 2 ? avx512_##f(__VA_ARGS__) : level() == 1 ? avx2_##f(__VA_ARGS__) : plain_##f(__VA_ARGS__))
#else
#define DISPATCH(f, ...) plain_##f(__VA_ARGS__)
#endif

long bw_gemm_packed_count(long n, long k) { return DISPATCH(packed_count, n, k); }

void bw_gemm_pack(const float *b, long ldb, int transposed, long n, long k, float *packed, int part,
                  int parts) {
    DISPATCH(pack, b, ldb, transposed, n, k, packed, part, parts);
}

void bw_gemm_packed(long m, long n, long k, const float *a, long lda, const float *packed, int beta,
                    float *c, long ldc, const bw_gemm_epilogue *epilogue) {
    DISPATCH(product, m, n, k, a, lda, 0, packed, 0, 1, beta, c, ldc, epilogue);
}

void bw_gemm_nn(long m, long n, long k, const float *a, long lda, const float *b, long ldb, int beta,
                float *c, long ldc) {
    DISPATCH(product, m, n, k, a, lda, 0, b, ldb, 0, beta, c, ldc, 0);
}

void bw_gemm_tn(long m, long n, long k, const float *a, long lda, const float *b, long ldb, int beta,
                float *c, long ldc) {
    DISPATCH(product, m, n, k, a, lda, 1, b, ldb, 0, beta, c, ldc, 0);
}
