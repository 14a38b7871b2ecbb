// nn_gemm_words.h — bfloat16 numbers in C, two in a word of 32 bits, for the makers of their products.
#pragma once

#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline __attribute__((always_inline)) float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// Subnormal numbers as zeros of their sign.
static inline __attribute__((always_inline)) float flushed(float x) {
    const uint32_t bits = bits_of(x);
    return bits & 0x7F800000 ? x : float_of(bits & 0x80000000);
}

// To nearest even; NaN stays NaN, subnormal numbers become zeros of their sign.
static inline __attribute__((always_inline)) uint32_t rounded(float x) {
    const uint32_t bits = bits_of(x), size = bits & 0x7FFFFFFF;
    const uint32_t nearest = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    return size > 0x7F800000   ? bits >> 16 | 0x40
           : size < 0x00800000 ? (bits >> 16) & 0x8000
                               : nearest;
}

// `count` floats rounded, two a word, the first in the lower half, filled up with zeros to whole sixteens.
static inline __attribute__((always_inline)) void round_row(const float *from, long count, int32_t *to) {
    for (long q = 0; q < count / 2; q++)
        to[q] = (int32_t)(rounded(from[2 * q]) | rounded(from[2 * q + 1]) << 16);
    long words = count / 2;
    if (count % 2) to[words++] = (int32_t)rounded(from[count - 1]);
    for (; words % 16; words++) to[words] = 0;
}

// `count` words of a number of `low` and one of `high`, which may be NULL for zeros; filled up likewise.
static inline __attribute__((always_inline)) void round_two(const float *low, const float *high, long count,
                                                            int32_t *to) {
    if (high)
        for (long i = 0; i < count; i++) to[i] = (int32_t)(rounded(low[i]) | rounded(high[i]) << 16);
    else
        for (long i = 0; i < count; i++) to[i] = (int32_t)rounded(low[i]);
    for (; count % 16; count++) to[count] = 0;
}

// Sixteen floats, for processors with registers of that size and without.
typedef float sixteen __attribute__((vector_size(64), aligned(4)));

// Always inlined, so the warning about how such vectors are passed means nothing.
#pragma clang diagnostic ignored "-Wpsabi"

static inline __attribute__((always_inline)) sixteen load_part(const float *from, int count) {
    sixteen x = {0};
    for (int i = 0; i < count; i++) x[i] = from[i];
    return x;
}

static inline __attribute__((always_inline)) void store_part(float *to, int count, sixteen x) {
    for (int i = 0; i < count; i++) to[i] = x[i];
}
