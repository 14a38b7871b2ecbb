// nn_depthwise.c — depthwise convolution, direct in NHWC.
//
// Loop order: rows, then blocks of channels that fit the registers, then tiles of four output
// pixels, then taps. Four pixels share every weight that is loaded. Channels come in blocks of 16
// and 8 (EfficientNet's widths are multiples of 8) and singly for the rest.

#include "nn_depthwise.h"
#include "bw_dispatch.h"

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef float v8 __attribute__((vector_size(32), aligned(4)));
typedef float v1;

enum { TILE = 4 };

// The taps 0 … k−1 whose position start + tap lies in 0 … size−1.
BW_INLINE void valid_taps(int start, int size, int k, int *from, int *to) {
    *from = start < 0 ? -start : 0;
    *to = start + k > size ? size - start : k;
}

#define DEFINE_LINE(V)                                                                              \
    /* One line of outputs for the channels at c0: correlation of k×k taps. */                      \
    BW_INLINE void line_##V(const bw_depthwise_shape *s, const float *x, const float *weight,       \
                            float *y, int oy, int c0, const int k, const int stride) {              \
        const long c = s->c;                                                                        \
        int y0 = oy * stride - s->pad_top, from, to;                                                \
        valid_taps(y0, s->h, k, &from, &to);                                                        \
        int ox = 0;                                                                                 \
        while (ox < s->wo) {                                                                        \
            int x0 = ox * stride - s->pad_left;                                                     \
            float *out = y + ((long)oy * s->wo + ox) * c + c0;                                      \
            if (ox + TILE <= s->wo && x0 >= 0 && x0 + (TILE - 1) * stride + k <= s->w) {            \
                V a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};                                           \
                for (int ky = from; ky < to; ky++) {                                                \
                    const float *in = x + ((long)(y0 + ky) * s->w + x0) * c + c0;                   \
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
                ox += TILE;                                                                         \
            } else {                                                                                \
                int left, right;                                                                    \
                valid_taps(x0, s->w, k, &left, &right);                                             \
                V a = {0};                                                                          \
                for (int ky = from; ky < to; ky++)                                                  \
                    for (int kx = left; kx < right; kx++)                                           \
                        a += *(const V *)(weight + (long)(ky * k + kx) * c + c0) *                  \
                             *(const V *)(x + ((long)(y0 + ky) * s->w + x0 + kx) * c + c0);         \
                *(V *)out = a;                                                                      \
                ox++;                                                                               \
            }                                                                                       \
        }                                                                                           \
    }                                                                                               \
    /* Sums dy·x over one line of outputs, for one row of taps at a time. */                        \
    BW_INLINE void weight_line_##V(const bw_depthwise_shape *s, const float *x, const float *dy,    \
                                   float *dweight, int oy, int c0, const int k, const int stride) { \
        const long c = s->c;                                                                        \
        int y0 = oy * stride - s->pad_top, from, to;                                                \
        valid_taps(y0, s->h, k, &from, &to);                                                        \
        for (int ky = from; ky < to; ky++) {                                                        \
            V zero = {0}, a[5] = {zero, zero, zero, zero, zero};                                    \
            const float *in = x + (long)(y0 + ky) * s->w * c + c0;                                  \
            for (int ox = 0; ox < s->wo; ox++) {                                                    \
                int x0 = ox * stride - s->pad_left;                                                 \
                V d = *(const V *)(dy + ((long)oy * s->wo + ox) * c + c0);                          \
                if (x0 >= 0 && x0 + k <= s->w) {                                                    \
                    for (int kx = 0; kx < k; kx++) a[kx] += d * *(const V *)(in + (x0 + kx) * c);   \
                } else {                                                                            \
                    for (int kx = 0; kx < k; kx++)                                                  \
                        if (x0 + kx >= 0 && x0 + kx < s->w)                                         \
                            a[kx] += d * *(const V *)(in + (x0 + kx) * c);                          \
                }                                                                                   \
            }                                                                                       \
            for (int kx = 0; kx < k; kx++) *(V *)(dweight + (long)(ky * k + kx) * c + c0) += a[kx]; \
        }                                                                                           \
    }                                                                                               \
    /* One line of input gradients at stride 2: each pixel gathers the taps of its parity. */       \
    BW_INLINE void input_line_##V(const bw_depthwise_shape *s, const float *dy,                     \
                                  const float *flipped, float *dx, int iy, int c0, const int k) {   \
        const long c = s->c;                                                                        \
        for (int ix = 0; ix < s->w; ix++) {                                                         \
            V a = {0};                                                                              \
            for (int ky = (iy + s->pad_top) & 1; ky < k; ky += 2) {                                 \
                int oy = (iy + s->pad_top - ky) / 2;                                                \
                if (iy + s->pad_top < ky || oy >= s->ho) continue;                                  \
                for (int kx = (ix + s->pad_left) & 1; kx < k; kx += 2) {                            \
                    int ox = (ix + s->pad_left - kx) / 2;                                           \
                    if (ix + s->pad_left < kx || ox >= s->wo) continue;                             \
                    a += *(const V *)(flipped + (long)((k - 1 - ky) * k + k - 1 - kx) * c + c0) *   \
                         *(const V *)(dy + ((long)oy * s->wo + ox) * c + c0);                       \
                }                                                                                   \
            }                                                                                       \
            *(V *)(dx + ((long)iy * s->w + ix) * c + c0) = a;                                       \
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

// k and stride become constants of the inner loops.
#define SPECIALISE(line, K, STRIDE, ...)                                                            \
    for (int row = first; row < last; row++) OVER_CHANNELS(line, s, __VA_ARGS__, row, c0, K, STRIDE)

BW_CLONES
void bw_depthwise_forward(const bw_depthwise_shape *s, const float *x, const float *weight, float *y,
                          int first, int last) {
    if (s->k == 3 && s->stride == 1) SPECIALISE(line, 3, 1, x, weight, y);
    else if (s->k == 3) SPECIALISE(line, 3, 2, x, weight, y);
    else if (s->stride == 1) SPECIALISE(line, 5, 1, x, weight, y);
    else SPECIALISE(line, 5, 2, x, weight, y);
}

BW_CLONES
void bw_depthwise_backward_input(const bw_depthwise_shape *forward, const float *dy,
                                 const float *flipped, float *dx, int first, int last) {
    if (forward->stride == 1) {
        // The gradient of a correlation is the correlation with the flipped kernel.
        bw_depthwise_shape turned = *forward, *s = &turned;
        turned.h = forward->ho, turned.w = forward->wo;
        turned.ho = forward->h, turned.wo = forward->w;
        turned.pad_top = forward->k - 1 - forward->pad_top;
        turned.pad_left = forward->k - 1 - forward->pad_left;
        if (s->k == 3) SPECIALISE(line, 3, 1, dy, flipped, dx);
        else SPECIALISE(line, 5, 1, dy, flipped, dx);
        return;
    }
    const bw_depthwise_shape *s = forward;
    for (int row = first; row < last; row++) {
        if (s->k == 3) OVER_CHANNELS(input_line, s, dy, flipped, dx, row, c0, 3);
        else OVER_CHANNELS(input_line, s, dy, flipped, dx, row, c0, 5);
    }
}

BW_CLONES
void bw_depthwise_backward_weight(const bw_depthwise_shape *s, const float *x, const float *dy,
                                  float *dweight, int first, int last) {
    if (s->k == 3 && s->stride == 1) SPECIALISE(weight_line, 3, 1, x, dy, dweight);
    else if (s->k == 3) SPECIALISE(weight_line, 3, 2, x, dy, dweight);
    else if (s->stride == 1) SPECIALISE(weight_line, 5, 1, x, dy, dweight);
    else SPECIALISE(weight_line, 5, 2, x, dy, dweight);
}
