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
static size_t rounded_up(size_t width) { return (width + BLOCK - 1) / BLOCK * BLOCK; }
static size_t padded(size_t width) { return rounded_up(width) + 16; }

size_t bw_filter_scratch(size_t width, size_t height, size_t radius) {
    return padded(width) * height + padded(width) + 2 * radius;
}

static inline __attribute__((always_inline)) size_t mirrored(ptrdiff_t index, ptrdiff_t count) {
    if (count == 1) return 0;
    while (index < 0 || index >= count) index = index < 0 ? -index : 2 * (count - 1) - index;
    return (size_t)index;
}

BW_CLONES
void bw_filter_symmetric_f32(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    struct bw_box *box, float *scratch) {
    const size_t stride = padded(width);
    float *line = scratch + stride * height;
    const ptrdiff_t r = (ptrdiff_t)radius, w = (ptrdiff_t)width, h = (ptrdiff_t)height;
    const struct bw_box in = *box, out = bw_box_grown(in, r, width, height);
    const size_t first = (size_t)out.x0 / BLOCK * BLOCK, end = (size_t)out.x1;

    // Rows that the second pass reads and the first does not write are 0.
    const struct bw_box read = bw_box_grown(out, r, width, height);
    for (ptrdiff_t y = read.y0; y < read.y1; y++) {
        float *result = scratch + (size_t)y * stride;
        if (y < in.y0 || y >= in.y1) {
            for (size_t x = first; x < rounded_up(end); x++) result[x] = 0;
            continue;
        }
        const float *row = src + (size_t)y * width;
        for (ptrdiff_t x = -r; x < 0; x++) line[x + r] = row[mirrored(x, w)];
        for (size_t x = 0; x < width; x++) line[x + radius] = row[x];
        for (size_t x = width; x < stride + radius; x++) {
            line[x + radius] = x < width + radius ? row[mirrored((ptrdiff_t)x, w)] : 0;
        }
        for (size_t start = first; start < end; start += BLOCK) {
            const float *centre = line + radius + start;
            float sum[BLOCK];
            for (size_t i = 0; i < BLOCK; i++) sum[i] = weights[0] * centre[i];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float weight = weights[k];
                for (size_t i = 0; i < BLOCK; i++) {
                    sum[i] += weight * (centre[(ptrdiff_t)i - k] + centre[(ptrdiff_t)i + k]);
                }
            }
            for (size_t i = 0; i < BLOCK; i++) result[start + i] = sum[i];
        }
    }

    for (ptrdiff_t y = 0; y < h; y++) {
        if (y < out.y0 || y >= out.y1) {
            for (size_t x = 0; x < width; x++) dst[(size_t)y * width + x] = 0;
            continue;
        }
        for (size_t x = 0; x < first; x++) dst[(size_t)y * width + x] = 0;
        for (size_t x = rounded_up(end); x < width; x++) dst[(size_t)y * width + x] = 0;
    }
    for (size_t start = first; start < end; start += BLOCK) {
        const size_t columns = width - start < BLOCK ? width - start : BLOCK;
        for (ptrdiff_t y = out.y0; y < out.y1; y++) {
            const float *centre = scratch + (size_t)y * stride + start;
            float sum[BLOCK];
            for (size_t i = 0; i < BLOCK; i++) sum[i] = weights[0] * centre[i];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float weight = weights[k];
                const float *above = scratch + mirrored(y - k, h) * stride + start;
                const float *below = scratch + mirrored(y + k, h) * stride + start;
                for (size_t i = 0; i < BLOCK; i++) sum[i] += weight * (above[i] + below[i]);
            }
            for (size_t i = 0; i < columns; i++) dst[(size_t)y * width + start + i] = sum[i];
        }
    }
    *box = out;
}

void bw_filter_symmetric_f32_plain(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    float *scratch) {
    const ptrdiff_t w = (ptrdiff_t)width, h = (ptrdiff_t)height, r = (ptrdiff_t)radius;
    for (ptrdiff_t y = 0; y < h; y++) {
        for (ptrdiff_t x = 0; x < w; x++) {
            float sum = weights[0] * src[y * w + x];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float left = src[y * w + (ptrdiff_t)mirrored(x - k, w)];
                const float right = src[y * w + (ptrdiff_t)mirrored(x + k, w)];
                sum += weights[k] * (left + right);
            }
            scratch[y * w + x] = sum;
        }
    }
    for (ptrdiff_t y = 0; y < h; y++) {
        for (ptrdiff_t x = 0; x < w; x++) {
            float sum = weights[0] * scratch[y * w + x];
            for (ptrdiff_t k = 1; k <= r; k++) {
                const float above = scratch[(ptrdiff_t)mirrored(y - k, h) * w + x];
                const float below = scratch[(ptrdiff_t)mirrored(y + k, h) * w + x];
                sum += weights[k] * (above + below);
            }
            dst[y * w + x] = sum;
        }
    }
}
