// blend_warp.c — bilinear resampling: along the axes (scaling, shifting) and by a displacement field.
//
// Multiplied and added separately, so that every instruction set gives the same bits; weights w
// and 1 − w of two ones sum to exactly 1 in float32, which the soft mask relies upon.

#include "blend_warp.h"

#include "blend_math.h"
#include "bw_dispatch.h"

#pragma STDC FP_CONTRACT OFF

BW_CLONES
void bw_resample_u8(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line) {
    for (size_t row = 0; row < dst_height; row++) {
        const uint8_t *above = src + (size_t)y.low[row] * src_row;
        const uint8_t *below = src + (size_t)y.high[row] * src_row;
        const float wa = y.low_weight[row], wb = y.high_weight[row];
        for (size_t i = 0; i < src_row; i++) line[i] = wa * above[i] + wb * below[i];
        uint8_t *out = dst + row * dst_row;
        for (size_t i = 0; i < dst_row; i++) {
            out[i] = bw_byte(
                x.low_weight[i] * line[x.low[i]] + x.high_weight[i] * line[x.high[i]]);
        }
    }
}

void bw_resample_u8_plain(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line) {
    (void)line;
    for (size_t row = 0; row < dst_height; row++) {
        for (size_t i = 0; i < dst_row; i++) {
            float column[2];
            for (int side = 0; side < 2; side++) {
                const size_t at = (size_t)(side ? x.high[i] : x.low[i]);
                column[side] = y.low_weight[row] * src[(size_t)y.low[row] * src_row + at]
                    + y.high_weight[row] * src[(size_t)y.high[row] * src_row + at];
            }
            dst[row * dst_row + i] =
                bw_byte(x.low_weight[i] * column[0] + x.high_weight[i] * column[1]);
        }
    }
}

BW_CLONES
void bw_resample_f32(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line) {
    for (size_t row = 0; row < dst_height; row++) {
        const float *above = src + (size_t)y.low[row] * src_row;
        const float *below = src + (size_t)y.high[row] * src_row;
        const float wa = y.low_weight[row], wb = y.high_weight[row];
        for (size_t i = 0; i < src_row; i++) line[i] = wa * above[i] + wb * below[i];
        float *out = dst + row * dst_row;
        for (size_t i = 0; i < dst_row; i++) {
            out[i] = x.low_weight[i] * line[x.low[i]] + x.high_weight[i] * line[x.high[i]];
        }
    }
}

void bw_resample_f32_plain(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line) {
    (void)line;
    for (size_t row = 0; row < dst_height; row++) {
        for (size_t i = 0; i < dst_row; i++) {
            float column[2];
            for (int side = 0; side < 2; side++) {
                const size_t at = (size_t)(side ? x.high[i] : x.low[i]);
                column[side] = y.low_weight[row] * src[(size_t)y.low[row] * src_row + at]
                    + y.high_weight[row] * src[(size_t)y.high[row] * src_row + at];
            }
            dst[row * dst_row + i] = x.low_weight[i] * column[0] + x.high_weight[i] * column[1];
        }
    }
}

// Folds a coordinate into [0, last] by mirroring at both ends.
BW_INLINE float folded(float coordinate, float last) {
    const float period = 2 * last;
    const float inside = coordinate - period * bw_floor(coordinate / period);
    return bw_clamp(inside > last ? period - inside : inside, 0, last);
}

BW_CLONES
void bw_displace_f32(
    float *dst, const float *src, const float *dx, const float *dy, float amplitude, size_t width,
    size_t height) {
    const float last_x = (float)(width - 1), last_y = (float)(height - 1);
    const int32_t w = (int32_t)width, before_last_x = w - 2, before_last_y = (int32_t)height - 2;
    for (int32_t y = 0; y < (int32_t)height; y++) {
        const size_t row = (size_t)y * width;
        for (int32_t x = 0; x < w; x++) {
            const float sx = folded((float)x + amplitude * dx[row + (size_t)x], last_x);
            const float sy = folded((float)y + amplitude * dy[row + (size_t)x], last_y);
            const int32_t ix = (int32_t)sx < before_last_x ? (int32_t)sx : before_last_x;
            const int32_t iy = (int32_t)sy < before_last_y ? (int32_t)sy : before_last_y;
            const float fx = sx - (float)ix, fy = sy - (float)iy;
            const int32_t at = iy * w + ix;
            const float above = (1 - fx) * src[at] + fx * src[at + 1];
            const float below = (1 - fx) * src[at + w] + fx * src[at + w + 1];
            dst[row + (size_t)x] = (1 - fy) * above + fy * below;
        }
    }
}

static size_t mirrored(ptrdiff_t index, ptrdiff_t count) {
    while (index < 0 || index >= count) index = index < 0 ? -index : 2 * (count - 1) - index;
    return (size_t)index;
}

void bw_displace_f32_plain(
    float *dst, const float *src, const float *dx, const float *dy, float amplitude, size_t width,
    size_t height) {
    for (size_t y = 0; y < height; y++) {
        for (size_t x = 0; x < width; x++) {
            const size_t i = y * width + x;
            const double sx = (double)x + (double)amplitude * dx[i];
            const double sy = (double)y + (double)amplitude * dy[i];
            const ptrdiff_t ix = (ptrdiff_t)__builtin_floor(sx), iy = (ptrdiff_t)__builtin_floor(sy);
            double sum = 0;
            for (ptrdiff_t j = 0; j < 2; j++) {
                for (ptrdiff_t k = 0; k < 2; k++) {
                    const double weight = (k ? sx - (double)ix : 1 - sx + (double)ix)
                        * (j ? sy - (double)iy : 1 - sy + (double)iy);
                    sum += weight
                        * src[mirrored(iy + j, (ptrdiff_t)height) * width
                              + mirrored(ix + k, (ptrdiff_t)width)];
                }
            }
            dst[i] = (float)sum;
        }
    }
}
