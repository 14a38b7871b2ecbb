// blend_warp.c — bilinear resampling: along the axes (scaling, shifting) and by a displacement field.
//
// Multiplied and added separately, so that every instruction set gives the same bits; weights w
// and 1 − w of two ones sum to exactly 1 in float32, which the soft mask relies upon.

#include "blend_warp.h"

#include "blend_math.h"
#include "bw_dispatch.h"

#pragma STDC FP_CONTRACT OFF

// Mixes the entries of one row.
BW_INLINE void mix_row(
    float *restrict out, const float *restrict line, size_t count, const struct bw_taps *x) {
    const int32_t *restrict low = x->low, *restrict high = x->high;
    const float *restrict wl = x->low_weight, *restrict wh = x->high_weight;
    if (x->runs == 0) {
        for (size_t i = 0; i < count; i++) out[i] = wl[i] * line[low[i]] + wh[i] * line[high[i]];
        return;
    }
    size_t start = 0;
    for (size_t run = 0; run < x->runs; run++) {
        const size_t n = (size_t)x->run_ends[run] - start;
        const float *restrict a = line + low[start], *restrict b = line + high[start];
        for (size_t i = 0; i < n; i++) {
            out[start + i] = wl[start + i] * a[i] + wh[start + i] * b[i];
        }
        start += n;
    }
}

BW_CLONES
void bw_resample_u8(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line) {
    for (size_t row = 0; row < dst_height; row++) {
        const uint8_t *above = src + (size_t)y.low[row] * src_row;
        const uint8_t *below = src + (size_t)y.high[row] * src_row;
        const float wa = y.low_weight[row], wb = y.high_weight[row];
        for (size_t i = 0; i < src_row; i++) line[i] = wa * above[i] + wb * below[i];
        float *mixed = line + src_row;
        mix_row(mixed, line, dst_row, &x);
        uint8_t *restrict out = dst + row * dst_row;
        for (size_t i = 0; i < dst_row; i++) out[i] = bw_byte(mixed[i]);
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
        mix_row(dst + row * dst_row, line, dst_row, &x);
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
    float *restrict dst, const float *restrict src, const float *restrict dx,
    const float *restrict dy, float amplitude, size_t width, size_t height) {
    enum { GROUP = 64 };
    const float last_x = (float)(width - 1), last_y = (float)(height - 1);
    const int32_t w = (int32_t)width, before_last_x = w - 2, before_last_y = (int32_t)height - 2;
    for (int32_t y = 0; y < (int32_t)height; y++) {
        const size_t row = (size_t)y * width;
        for (int32_t start = 0; start < w; start += GROUP) {
            const int32_t n = w - start < GROUP ? w - start : GROUP;
            const size_t first = row + (size_t)start;
            int32_t at[GROUP];
            float fx[GROUP], fy[GROUP];
            for (int32_t i = 0; i < n; i++) {
                const float sx = folded((float)(start + i) + amplitude * dx[first + (size_t)i], last_x);
                const float sy = folded((float)y + amplitude * dy[first + (size_t)i], last_y);
                const int32_t ix = (int32_t)sx < before_last_x ? (int32_t)sx : before_last_x;
                const int32_t iy = (int32_t)sy < before_last_y ? (int32_t)sy : before_last_y;
                fx[i] = sx - (float)ix;
                fy[i] = sy - (float)iy;
                at[i] = iy * w + ix;
            }
            for (int32_t i = 0; i < n; i++) {
                const float above = (1 - fx[i]) * src[at[i]] + fx[i] * src[at[i] + 1];
                const float below = (1 - fx[i]) * src[at[i] + w] + fx[i] * src[at[i] + w + 1];
                dst[first + (size_t)i] = (1 - fy[i]) * above + fy[i] * below;
            }
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
