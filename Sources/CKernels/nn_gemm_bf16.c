// nn_gemm_bf16.c — the makers of bfloat16 products but AMX: the vectors' instructions, and the exact model of
// what they compute. Their loops are in nn_gemm_tile.h and nn_gemm_bf16.h.
//
// Note [What VDPBF16PS computes]
// Of each word the upper numbers' product is added first, then the lower ones'; each addition is a fused
// multiply-add, rounded to nearest even. Subnormal operands count as zeros and subnormal results become
// zeros, and the thread's control register is neither asked nor changed (Intel, Software Developer's Manual,
// volume 2, VDPBF16PS). The model does the same with fmaf, and is equal to the instruction to the bit on
// Zen 5, but for which NaN comes out of several; tests compare them on random words of all kinds.

#include "nn_gemm_maker.h"
#include "nn_gemm_words.h"

#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

float bw_bf16_multiply_add(float sum, unsigned a, unsigned b) {
    sum = flushed(sum);
    sum = flushed(fmaf(flushed(float_of(a & 0xFFFF0000)), flushed(float_of(b & 0xFFFF0000)), sum));
    return flushed(fmaf(flushed(float_of(a << 16)), flushed(float_of(b << 16)), sum));
}

unsigned short bw_bf16_round(float x) { return (unsigned short)rounded(x); }

typedef int32_t sixteen_words __attribute__((vector_size(64), aligned(4)));

static inline __attribute__((always_inline)) sixteen flushed_vector(sixteen x) {
    const sixteen_words bits = (sixteen_words)x, none = {0};
    const sixteen_words is_small = (bits & 0x7F800000) == none;
    return (sixteen)(bits & ~(is_small & 0x7FFFFFFF));
}

// As bw_bf16_multiply_add, of packed words, which hold no subnormal numbers, and of its own sums.
static inline __attribute__((always_inline)) sixteen model_multiply_add(sixteen a, sixteen b, sixteen sum) {
    const sixteen_words x = (sixteen_words)a, y = (sixteen_words)b;
    sum = flushed_vector(__builtin_elementwise_fma((sixteen)(x & (int32_t)0xFFFF0000),
                                                   (sixteen)(y & (int32_t)0xFFFF0000), sum));
    return flushed_vector(__builtin_elementwise_fma((sixteen)(x << 16), (sixteen)(y << 16), sum));
}

// The tiles of all makers are alike, so that sums over rows come out alike too.
#define WIDTH16(left) ((left) == 1 ? 1 : (left) == 2 || (left) == 5 ? 2 : (left) == 4 ? 4 : 3)

#if defined(__x86_64__)
#define NAME(f) fused_model_##f
#define TARGET __attribute__((target("avx2,fma")))
#include "nn_gemm_model.h"
#endif

#define NAME(f) model_##f
#define TARGET
#include "nn_gemm_model.h"

const bw_gemm_maker *bw_gemm_bf16_model(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &fused_model_maker;
#endif
    return &model_maker;
}

#if defined(__x86_64__)
#define VECTORS __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))

VECTORS static inline __attribute__((always_inline)) void vectors_round_row(const float *from, long count,
                                                                            int32_t *to) {
    for (; count >= 32; count -= 32, from += 32, to += 16)
        _mm512_storeu_si512(
            to, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + 16), _mm512_loadu_ps(from)));
    if (count > 0) {
        const uint32_t mask = (1u << count) - 1;
        // A masked load reads nothing outside of its mask.
        const __m512 low = _mm512_maskz_loadu_ps((__mmask16)mask, from);
        const __m512 high = _mm512_maskz_loadu_ps((__mmask16)(mask >> 16), from + 16);
        _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
}

// The lower halves of a register of two rounded rows and the upper ones, in turn.
VECTORS static inline __attribute__((always_inline)) __m512i vectors_in_turn(__m512 low, __m512 high) {
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                           6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

VECTORS static inline __attribute__((always_inline)) void vectors_round_two(const float *low, const float *high,
                                                                            long count, int32_t *to) {
    const __m512 none = _mm512_setzero_ps();
    for (; count >= 16; count -= 16, low += 16, to += 16) {
        _mm512_storeu_si512(to, vectors_in_turn(_mm512_loadu_ps(low), high ? _mm512_loadu_ps(high) : none));
        if (high) high += 16;
    }
    if (count > 0) {
        const __mmask16 mask = (__mmask16)((1u << count) - 1);
        const __m512 last = high ? _mm512_maskz_loadu_ps(mask, high) : none;
        _mm512_storeu_si512(to, vectors_in_turn(_mm512_maskz_loadu_ps(mask, low), last));
    }
}

#define NAME(f) vectors_##f
#define MAKER "avx512_bf16"
#define TARGET VECTORS
#define LANES 16
#define ELEMENT int32_t
#define SPLAT(x) ((vectors_vec)_mm512_set1_epi32(x))
#define IN_PLACE 0
#define STORE_AROUND(to, x) _mm512_stream_ps(to, (__m512)(x))
#define MULTIPLY_ADD(x, y, z) \
    ((vectors_vec)_mm512_dpbf16_ps((__m512)(z), (__m512bh)(__m512)(x), (__m512bh)(__m512)(y)))
#define LOAD_PART(from, count) ((vectors_vec)_mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), from))
#define STORE_PART(to, count, x) _mm512_mask_storeu_ps(to, (__mmask16)((1u << (count)) - 1), (__m512)(x))
#define WIDTH(left) WIDTH16(left)
#define ROWS1 12
#define ROWS2 12
#define ROWS3 8
#define ROWS4 6
#define ROUND_ROW(from, count, to) vectors_round_row(from, count, to)
#define ROUND_TWO(low, high, count, to) vectors_round_two(low, high, count, to)
#define WORDS_UNIT 1
#define BY_ROWS 0
#define BEGIN_TILES()
#define END_TILES()
#include "nn_gemm_tile.h"
#include "nn_gemm_bf16.h"
#endif

const bw_gemm_maker *bw_gemm_avx512_bf16(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return &vectors_maker;
#endif
    return 0;
}
