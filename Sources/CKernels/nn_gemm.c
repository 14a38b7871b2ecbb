// nn_gemm.c — matrix products for pointwise convolutions, their gradients and what else the network
// multiplies: the makers of float32 products, and the choice among all makers. Their loops are in
// nn_gemm_tile.h and nn_gemm_float32.h; here stands what differs between processors.
//
// Note [The shape of the product]
// The maps are tall matrices with few columns, so neither A nor C is copied: A's numbers are
// broadcast from where they are, eight rows at a time, and only the small B is packed, once per call
// or once for all in inference. Unlike a general library it needs no copy of the tall operand, which
// is what costs most where the channels are few.

#include "nn_gemm.h"
#include "nn_gemm_maker.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Floats that are taken to stay in the second-level cache.
enum { CACHED = 1 << 17 };

#if defined(__x86_64__)
#define NAME(f) avx512_##f
#define MAKER "avx512"
#define ELEMENT float
#define SPLAT(x) ((x) - zero)
#define IN_PLACE 1
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
#include "nn_gemm_float32.h"

static const int part_of_eight[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
#define MASK_OF(count) _mm256_loadu_si256((const __m256i *)(part_of_eight + 8 - (count)))
#define NAME(f) avx2_##f
#define MAKER "avx2"
#define ELEMENT float
#define SPLAT(x) ((x) - zero)
#define IN_PLACE 1
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
#include "nn_gemm_float32.h"
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
#define MAKER "plain"
#define ELEMENT float
#define SPLAT(x) ((x) - zero)
#define IN_PLACE 1
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
#include "nn_gemm_float32.h"

// Of this thread alone, so that a test does not change what others run.
#if defined(BW_AT_MOST_AVX2)
enum { START = 1 };
#else
enum { START = BW_GEMM_ALL };
#endif
static _Thread_local int limit = START;

void bw_gemm_limit(int level) { limit = level < START ? level : START; }

static const bw_gemm_maker *float32_maker(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (limit >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return &avx512_maker;
    if (limit >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2_maker;
#endif
    return &plain_maker;
}

static const bw_gemm_maker *bf16_maker(void) {
    const bw_gemm_maker *maker = limit >= 3 ? bw_gemm_amx_bf16() : 0;
    if (!maker && limit >= 2) maker = bw_gemm_avx512_bf16();
    return maker;
}

int bw_gemm_has_bf16(void) { return bf16_maker() != 0; }

static const bw_gemm_maker *maker_of(int products) {
    const bw_gemm_maker *maker = 0;
    if (products == BW_PRODUCTS_BF16) maker = bf16_maker();
    else if (products == BW_PRODUCTS_BF16_MODEL) maker = bw_gemm_bf16_model();
    else if (products == BW_PRODUCTS_AMX_MODEL) maker = bw_gemm_amx_model();
    return maker ? maker : float32_maker();
}

const char *bw_gemm_name(int products) { return maker_of(products)->name; }

long bw_gemm_packed_count(int products, long n, long k) { return maker_of(products)->packed_count(n, k); }

void bw_gemm_pack(int products, const float *b, long ldb, int transposed, long n, long k, float *packed,
                  int part, int parts) {
    maker_of(products)->pack(b, ldb, transposed, n, k, packed, part, parts);
}

void bw_gemm_packed(int products, long m, long n, long k, const float *a, long lda, const float *packed,
                    int beta, float *c, long ldc, const bw_gemm_epilogue *epilogue) {
    maker_of(products)->product(m, n, k, a, lda, 0, packed, 0, 1, beta, c, ldc, epilogue);
}

void bw_gemm_nn(int products, long m, long n, long k, const float *a, long lda, const float *b, long ldb,
                int beta, float *c, long ldc) {
    maker_of(products)->product(m, n, k, a, lda, 0, b, ldb, 0, beta, c, ldc, 0);
}

void bw_gemm_tn(int products, long m, long n, long k, const float *a, long lda, const float *b, long ldb,
                int beta, float *c, long ldc) {
    maker_of(products)->product(m, n, k, a, lda, 1, b, ldb, 0, beta, c, ldc, 0);
}
