// blend_gaussian.c — separable symmetric filters over one plane of floats.
//
// Sums run from the centre outwards, multiplied and added separately, so that every instruction
// set gives the same bits. Not here: what the weights are (the caller computes them).

#include "blend_gaussian.h"
#include "bw_dispatch.h"

#pragma STDC FP_CONTRACT OFF

// Columns that are summed in registers at a time.
enum { BLOCK = 64 };

// The row of intermediate results is longer than the picture's by one cache line, lest columns of
// a 256-pixel picture all fall into the same few cache sets.
static size_t padded(size_t width) { return (width + BLOCK - 1) / BLOCK * BLOCK + 16; }

size_t bw_filter_scratch(size_t width, size_t height, size_t radius) {
    return padded(width) * height + padded(width) + 2 * radius;
}

static inline __attribute__((always_inline)) size_t mirrored(
    ptrdiff_t index, ptrdiff_t count, enum bw_border border) {
    if (count == 1) return 0;
    while (index < 0 || index >= count) {
        if (border == BW_REFLECT_101) {
            index = index < 0 ? -index : 2 * (count - 1) - index;
        } else {
            index = index < 0 ? -index - 1 : 2 * count - 1 - index;
        }
    }
    return (size_t)index;
}

BW_CLONES
void bw_filter_symmetric_f32(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    enum bw_border border, float *scratch) {
    const size_t stride = padded(width);
    float *line = scratch + stride * height;
    const ptrdiff_t r = (ptrdiff_t)radius;

    for (size_t y = 0; y < height; y++) {
        const float *row = src + y * width;
        for (ptrdiff_t x = -r; x < 0; x++) line[x + r] = row[mirrored(x, (ptrdiff_t)width, border)];
        for (size_t x = 0; x < width; x++) line[x + radius] = row[x];
        for (size_t x = width; x < stride + radius; x++) {
            line[x + radius] =
                x < width + radius ? row[mirrored((ptrdiff_t)x, (ptrdiff_t)width, border)] : 0;
        }
        for (size_t start = 0; start < width; start += BLOCK) {
            const float *centre = line + radius + start;
            float sum[BLOCK];
            for (size_t i = 0; i < BLOCK; i++) sum[i] = weights[0] * centre[i];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float weight = weights[k];
                for (size_t i = 0; i < BLOCK; i++) {
                    sum[i] += weight * (centre[(ptrdiff_t)i - k] + centre[(ptrdiff_t)i + k]);
                }
            }
            for (size_t i = 0; i < BLOCK; i++) scratch[y * stride + start + i] = sum[i];
        }
    }

    for (size_t start = 0; start < width; start += BLOCK) {
        const size_t columns = width - start < BLOCK ? width - start : BLOCK;
        for (size_t y = 0; y < height; y++) {
            const float *centre = scratch + y * stride + start;
            float sum[BLOCK];
            for (size_t i = 0; i < BLOCK; i++) sum[i] = weights[0] * centre[i];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float weight = weights[k];
                const float *above =
                    scratch + mirrored((ptrdiff_t)y - k, (ptrdiff_t)height, border) * stride + start;
                const float *below =
                    scratch + mirrored((ptrdiff_t)y + k, (ptrdiff_t)height, border) * stride + start;
                for (size_t i = 0; i < BLOCK; i++) sum[i] += weight * (above[i] + below[i]);
            }
            for (size_t i = 0; i < columns; i++) dst[y * width + start + i] = sum[i];
        }
    }
}

void bw_filter_symmetric_f32_plain(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    enum bw_border border, float *scratch) {
    const ptrdiff_t w = (ptrdiff_t)width, h = (ptrdiff_t)height, r = (ptrdiff_t)radius;
    for (ptrdiff_t y = 0; y < h; y++) {
        for (ptrdiff_t x = 0; x < w; x++) {
            float sum = weights[0] * src[y * w + x];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float left = src[y * w + (ptrdiff_t)mirrored(x - k, w, border)];
                const float right = src[y * w + (ptrdiff_t)mirrored(x + k, w, border)];
                sum += weights[k] * (left + right);
            }
            scratch[y * w + x] = sum;
        }
    }
    for (ptrdiff_t y = 0; y < h; y++) {
        for (ptrdiff_t x = 0; x < w; x++) {
            float sum = weights[0] * scratch[y * w + x];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float above = scratch[(ptrdiff_t)mirrored(y - k, h, border) * w + x];
                const float below = scratch[(ptrdiff_t)mirrored(y + k, h, border) * w + x];
                sum += weights[k] * (above + below);
            }
            dst[y * w + x] = sum;
        }
    }
}
