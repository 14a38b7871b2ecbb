// nn_depthwise_lines.h — depthwise convolution of single lines of a map, for all that is built from
// them. Private to CKernels.
//
// Loop order: lines, then blocks of channels that fit the registers, then tiles of four output
// pixels, then taps. Four pixels share every weight that is loaded. Channels come in blocks of 16
// and 8 (EfficientNet's widths are multiples of 8) and singly for the rest. Lines are given as
// pointers, one per row of taps, NULL for those beyond the map: they may lie in a ring.
#pragma once

#include "nn_depthwise.h"
#include "bw_dispatch.h"

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef float v8 __attribute__((vector_size(32), aligned(4)));
typedef float v1;

enum { TILE = 4 };

#define UNROLL _Pragma("clang loop unroll(full)")

// The taps 0 … k−1 whose position start + tap lies in 0 … size−1.
BW_INLINE void valid_taps(int start, int size, int k, int *from, int *to) {
    *from = start < 0 ? -start : 0;
    *to = start + k > size ? size - start : k;
}

#define DEFINE_LINE(V)                                                                              \
    /* One line of outputs for the channels at c0: correlation of k×k taps. Adds the sums of the    \
       outputs and their squares to `sum` and `square`, unless NULL. */                             \
    BW_INLINE void line_##V(const bw_depthwise_shape *s, const float *const *in_rows,               \
                            const float *weight, float *y, float *sum, float *square, int c0,       \
                            const int k, const int stride) {                                        \
        const long c = s->c;                                                                        \
        V total = {0}, squares = {0};                                                               \
        int ox = 0;                                                                                 \
        while (ox < s->wo) {                                                                        \
            int x0 = ox * stride - s->pad_left;                                                     \
            float *out = y + ox * c + c0;                                                           \
            if (ox + TILE <= s->wo && x0 >= 0 && x0 + (TILE - 1) * stride + k <= s->w) {            \
                V a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};                                           \
                for (int ky = 0; ky < k; ky++) {                                                    \
                    if (!in_rows[ky]) continue;                                                     \
                    const float *in = in_rows[ky] + x0 * c + c0;                                    \
                    const float *wt = weight + (long)ky * k * c + c0;                               \
                    for (int kx = 0; kx < k; kx++) {                                                \
                        V tap = *(const V *)(wt + kx * c);                                          \
                        a0 += tap * *(const V *)(in + kx * c);                                      \
                        a1 += tap * *(const V *)(in + (kx + stride) * c);                           \
                        a2 += tap * *(const V *)(in + (kx + 2 * stride) * c);                       \
                        a3 += tap * *(const V *)(in + (kx + 3 * stride) * c);                       \
                    }                                                                               \
                }                                                                                   \
                *(V *)out = a0;                                                                     \
                *(V *)(out + c) = a1;                                                               \
                *(V *)(out + 2 * c) = a2;                                                           \
                *(V *)(out + 3 * c) = a3;                                                           \
                total += (a0 + a1) + (a2 + a3);                                                     \
                squares += (a0 * a0 + a1 * a1) + (a2 * a2 + a3 * a3);                               \
                ox += TILE;                                                                         \
            } else {                                                                                \
                int left, right;                                                                    \
                valid_taps(x0, s->w, k, &left, &right);                                             \
                V a = {0};                                                                          \
                for (int ky = 0; ky < k; ky++) {                                                    \
                    if (!in_rows[ky]) continue;                                                     \
                    for (int kx = left; kx < right; kx++)                                           \
                        a += *(const V *)(weight + (long)(ky * k + kx) * c + c0) *                  \
                             *(const V *)(in_rows[ky] + (x0 + kx) * c + c0);                        \
                }                                                                                   \
                *(V *)out = a;                                                                      \
                total += a;                                                                         \
                squares += a * a;                                                                   \
                ox++;                                                                               \
            }                                                                                       \
        }                                                                                           \
        if (sum) {                                                                                  \
            *(V *)(sum + c0) += total;                                                              \
            *(V *)(square + c0) += squares;                                                         \
        }                                                                                           \
    }                                                                                               \
    /* Sums dy·x for one row of taps, of one line of outputs and the line of inputs that the row    \
       reads: dweight [k, c]. */                                                                    \
    BW_INLINE void weight_line_##V(const bw_depthwise_shape *s, const float *x, const float *dy,    \
                                   float *dweight, int c0, const int k, const int stride) {         \
        const long c = s->c;                                                                        \
        V zero = {0}, a[5] = {zero, zero, zero, zero, zero};                                        \
        int ox = 0;                                                                                 \
        while (ox < s->wo) {                                                                        \
            int x0 = ox * stride - s->pad_left;                                                     \
            if (x0 >= 0 && x0 + k <= s->w) {                                                        \
                /* All outputs whose taps lie within the map. */                                    \
                int inner = (s->w - k - x0) / stride + 1;                                           \
                if (inner > s->wo - ox) inner = s->wo - ox;                                         \
                const float *in = x + x0 * c + c0, *d = dy + ox * c + c0;                           \
                for (int i = 0; i < inner; i++, in += stride * c, d += c) {                         \
                    V g = *(const V *)d;                                                            \
                    UNROLL for (int kx = 0; kx < k; kx++) a[kx] += g * *(const V *)(in + kx * c);   \
                }                                                                                   \
                ox += inner;                                                                        \
            } else {                                                                                \
                V g = *(const V *)(dy + ox * c + c0);                                               \
                UNROLL for (int kx = 0; kx < k; kx++)                                               \
                    if (x0 + kx >= 0 && x0 + kx < s->w)                                             \
                        a[kx] += g * *(const V *)(x + (x0 + kx) * c + c0);                          \
                ox++;                                                                               \
            }                                                                                       \
        }                                                                                           \
        UNROLL for (int kx = 0; kx < k; kx++) *(V *)(dweight + (long)kx * c + c0) += a[kx];         \
    }                                                                                               \
    /* One line of input gradients at stride 2: a pixel gathers the taps of its parity, and four      \
       pixels of one parity share them. dy_rows[ky] is the line of outputs that reads this line      \
       through the row ky of taps, or NULL. */                                                      \
    BW_INLINE void input_line_##V(const bw_depthwise_shape *s, const float *const *dy_rows,         \
                                  const float *flipped, float *dx, int c0, const int k) {           \
        const long c = s->c;                                                                        \
        for (int parity = 0; parity < 2; parity++) {                                                \
            const int kx0 = (parity + s->pad_left) & 1, taps = (k - kx0 + 1) / 2;                   \
            int ix = parity;                                                                        \
            while (ix < s->w) {                                                                     \
                /* Tap kx0 + 2t reads the output ox − t. */                                         \
                const int ox = (ix + s->pad_left - kx0) / 2, low = ox - taps + 1;                   \
                float *out = dx + (long)ix * c + c0;                                                \
                if (ix + 6 < s->w && low >= 0 && ox + 3 < s->wo) {                                  \
                    V a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};                                       \
                    for (int ky = 0; ky < k; ky++) {                                                \
                        if (!dy_rows[ky]) continue;                                                 \
                        const float *wt = flipped + ((long)(k - ky) * k - 1 - kx0) * c + c0;        \
                        const float *d = dy_rows[ky] + (long)ox * c + c0;                           \
                        for (int t = 0; t < taps; t++, wt -= 2 * c, d -= c) {                       \
                            V tap = *(const V *)wt;                                                 \
                            a0 += tap * *(const V *)d;                                              \
                            a1 += tap * *(const V *)(d + c);                                        \
                            a2 += tap * *(const V *)(d + 2 * c);                                    \
                            a3 += tap * *(const V *)(d + 3 * c);                                    \
                        }                                                                           \
                    }                                                                               \
                    *(V *)out = a0;                                                                 \
                    *(V *)(out + 2 * c) = a1;                                                       \
                    *(V *)(out + 4 * c) = a2;                                                       \
                    *(V *)(out + 6 * c) = a3;                                                       \
                    ix += 8;                                                                        \
                } else {                                                                            \
                    V a = {0};                                                                      \
                    for (int ky = 0; ky < k; ky++) {                                                \
                        if (!dy_rows[ky]) continue;                                                 \
                        for (int t = 0; t < taps; t++)                                              \
                            if (ox - t >= 0 && ox - t < s->wo)                                      \
                                a += *(const V *)(flipped +                                         \
                                                  ((long)(k - ky) * k - 1 - kx0 - 2 * t) * c + c0) * \
                                     *(const V *)(dy_rows[ky] + (long)(ox - t) * c + c0);           \
                    }                                                                               \
                    *(V *)out = a;                                                                  \
                    ix += 2;                                                                        \
                }                                                                                   \
            }                                                                                       \
        }                                                                                           \
    }

DEFINE_LINE(v16)
DEFINE_LINE(v8)
DEFINE_LINE(v1)

// Calls `line` for every block of channels.
#define OVER_CHANNELS(line, ...)                                                                    \
    do {                                                                                            \
        int c0 = 0;                                                                                 \
        for (; c0 + 16 <= s->c; c0 += 16) line##_v16(__VA_ARGS__);                                  \
        for (; c0 + 8 <= s->c; c0 += 8) line##_v8(__VA_ARGS__);                                     \
        for (; c0 < s->c; c0++) line##_v1(__VA_ARGS__);                                             \
    } while (0)


// The lines of x that output line oy reads; NULL beyond the map.
BW_INLINE void rows_read(const bw_depthwise_shape *s, const float *x, int oy, const float **rows) {
    for (int ky = 0; ky < s->k; ky++) {
        const int iy = oy * s->stride - s->pad_top + ky;
        rows[ky] = iy < 0 || iy >= s->h ? 0 : x + (long)iy * s->w * s->c;
    }
}

// The output line that reads input line iy through the row ky of taps, or −1.
BW_INLINE int reader_of(const bw_depthwise_shape *s, int iy, int ky) {
    const int at = iy + s->pad_top - ky;
    return at < 0 || at % s->stride || at / s->stride >= s->ho ? -1 : at / s->stride;
}

// Shape of the stride-1 input gradient: the correlation of dy with the flipped kernel.
BW_INLINE bw_depthwise_shape turned(const bw_depthwise_shape *s) {
    bw_depthwise_shape t = *s;
    t.h = s->ho, t.w = s->wo, t.ho = s->h, t.wo = s->w;
    t.pad_top = s->k - 1 - s->pad_top;
    t.pad_left = s->k - 1 - s->pad_left;
    return t;
}
