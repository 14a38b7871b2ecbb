// nn_inference.c — kernels of the inference path.
//
// The depthwise loop has the order of nn_depthwise_lines.h, but its maps are tiles of wider ones, and its
// sums are biased, activated and added up before they leave the registers.

#include "nn_inference.h"
#include "nn_depthwise_lines.h"
#include "nn_math.h"

typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i8 __attribute__((vector_size(32), aligned(4)));

// z · bw_sigmoid(z) for vectors, in place. Vectors go by address: by value they would be an ABI of their own.
#define DEFINE_SILU(V, I)                                                                           \
    BW_INLINE void silu_##V(V *value) {                                                             \
        const V z = *value;                                                                         \
        V x = __builtin_elementwise_min(__builtin_elementwise_max(-z, (V){0} - 87.0f), (V){0} + 88.0f); \
        const float magic = 12582912.0f;                                                            \
        const V shifted = x * 1.44269504f + magic, n = shifted - magic;                             \
        V r = x - n * 0.693145752f;                                                                 \
        r = r - n * 1.42860677e-6f;                                                                 \
        V p = r * (1.0f / 720.0f) + 1.0f / 120.0f;                                                  \
        p = p * r + 1.0f / 24.0f;                                                                   \
        p = p * r + 1.0f / 6.0f;                                                                    \
        p = p * r + 0.5f;                                                                           \
        p = p * r + 1.0f;                                                                           \
        p = p * r + 1.0f;                                                                           \
        /* As bw_silu_sigmoid does. */                                                              \
        *value = z / (1.0f + (V)((I)p + ((I)shifted << 23)));                                       \
    }

DEFINE_SILU(v16, i16)
DEFINE_SILU(v8, i8)
BW_INLINE void silu_v1(float *z) { *z = *z / (1.0f + bw_exp(-*z)); }

#define DEFINE_SILU_LINE(V)                                                                              \
    BW_INLINE void silu_line_##V(const bw_depthwise_tile *t, const float *x, int x_first,                \
                            const float *weight, const float *bias, float *y, float *sums, int oy,  \
                            int c0, const int k, const int stride) {                                \
        const long px = t->x_pixel, py = t->y_pixel;                                                \
        const int y0 = oy * stride - t->pad_top;                                                    \
        int from, to;                                                                               \
        valid_taps(y0, t->h, k, &from, &to);                                                        \
        const V b = *(const V *)(bias + c0);                                                        \
        V sum = *(const V *)(sums + c0);                                                            \
        int ox = 0;                                                                                 \
        while (ox < t->wo) {                                                                        \
            const int x0 = ox * stride - t->pad_left;                                               \
            float *out = y + ox * py + c0;                                                          \
            if (ox + TILE <= t->wo && x0 >= 0 && x0 + (TILE - 1) * stride + k <= t->w) {            \
                V a0 = b, a1 = b, a2 = b, a3 = b;                                                   \
                for (int ky = from; ky < to; ky++) {                                                \
                    const float *in = x + ((long)(y0 + ky - x_first) * t->w + x0) * px + c0;        \
                    const float *wt = weight + (long)ky * k * t->w_tap + c0;                        \
                    _Pragma("clang loop unroll(full)") for (int kx = 0; kx < k; kx++) {             \
                        V tap = *(const V *)(wt + kx * t->w_tap);                                   \
                        a0 += tap * *(const V *)(in + kx * px);                                     \
                        a1 += tap * *(const V *)(in + (kx + stride) * px);                          \
                        a2 += tap * *(const V *)(in + (kx + 2 * stride) * px);                      \
                        a3 += tap * *(const V *)(in + (kx + 3 * stride) * px);                      \
                    }                                                                               \
                }                                                                                   \
                silu_##V(&a0), silu_##V(&a1), silu_##V(&a2), silu_##V(&a3);                         \
                *(V *)out = a0;                                                                     \
                *(V *)(out + py) = a1;                                                              \
                *(V *)(out + 2 * py) = a2;                                                          \
                *(V *)(out + 3 * py) = a3;                                                          \
                sum += (a0 + a1) + (a2 + a3);                                                       \
                ox += TILE;                                                                         \
            } else {                                                                                \
                int left, right;                                                                    \
                valid_taps(x0, t->w, k, &left, &right);                                             \
                V a = b;                                                                            \
                for (int ky = from; ky < to; ky++)                                                  \
                    for (int kx = left; kx < right; kx++)                                           \
                        a += *(const V *)(weight + (long)(ky * k + kx) * t->w_tap + c0) *           \
                             *(const V *)(x + ((long)(y0 + ky - x_first) * t->w + x0 + kx) * px + c0); \
                silu_##V(&a);                                                                       \
                *(V *)out = a;                                                                      \
                sum += a;                                                                           \
                ox++;                                                                               \
            }                                                                                       \
        }                                                                                           \
        *(V *)(sums + c0) = sum;                                                                    \
    }

DEFINE_SILU_LINE(v16)
DEFINE_SILU_LINE(v8)
DEFINE_SILU_LINE(v1)

BW_INLINE void lines(const bw_depthwise_tile *t, const float *x, int x_first, const float *weight,
                     const float *bias, float *y, int first, int last, float *sums, const int k,
                     const int stride) {
    for (int oy = first; oy < last; oy++) {
        float *out = y + (long)(oy - first) * t->wo * t->y_pixel;
        int c0 = 0;
        for (; c0 + 16 <= t->c; c0 += 16)
            silu_line_v16(t, x, x_first, weight, bias, out, sums, oy, c0, k, stride);
        for (; c0 + 8 <= t->c; c0 += 8)
            silu_line_v8(t, x, x_first, weight, bias, out, sums, oy, c0, k, stride);
        for (; c0 < t->c; c0++)
            silu_line_v1(t, x, x_first, weight, bias, out, sums, oy, c0, k, stride);
    }
}

BW_CLONES
void bw_depthwise_silu(const bw_depthwise_tile *t, const float *x, int x_first, const float *weight,
                       const float *bias, float *y, int first, int last, float *sums) {
    // k and stride become constants of the inner loops.
    if (t->k == 3 && t->stride == 1) lines(t, x, x_first, weight, bias, y, first, last, sums, 3, 1);
    else if (t->k == 3) lines(t, x, x_first, weight, bias, y, first, last, sums, 3, 2);
    else if (t->stride == 1) lines(t, x, x_first, weight, bias, y, first, last, sums, 5, 1);
    else lines(t, x, x_first, weight, bias, y, first, last, sums, 5, 2);
}

BW_CLONES
void bw_squeeze_gate(const float *parts, int count, float factor, const float *w1, const float *b1,
                     const float *w2, const float *b2, float *mean, float *hidden, float *gate, int c,
                     int s) {
    for (int j = 0; j < c; j++) mean[j] = parts[j];
    for (int i = 1; i < count; i++)
        for (int j = 0; j < c; j++) mean[j] += parts[(long)i * c + j];
    for (int j = 0; j < c; j++) mean[j] *= factor;
    for (int i = 0; i < s; i++) {
#pragma clang fp reassociate(on)
        const float *row = w1 + (long)i * c;
        float sum = 0;
        for (int j = 0; j < c; j++) sum += row[j] * mean[j];
        float z = sum + b1[i];
        hidden[i] = z / (1.0f + bw_exp(-z));
    }
    for (int j = 0; j < c; j++) gate[j] = b2[j];
    for (int i = 0; i < s; i++)
        for (int j = 0; j < c; j++) gate[j] += w2[(long)i * c + j] * hidden[i];
    for (int j = 0; j < c; j++) gate[j] = bw_sigmoid(gate[j]);
}

BW_CLONES
void bw_row_scale(const float *x, const float *scale, float *y, int rows, int c) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < c; j++) y[(long)i * c + j] = x[(long)i * c + j] * scale[i];
}
