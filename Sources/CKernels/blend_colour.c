// blend_colour.c — colour changes and the blend itself, on interleaved 8-bit RGB.
//
// Arithmetic is in float32, multiplied and added separately, so that every instruction set gives
// the same bytes.

#include "blend_colour.h"

#include "blend_math.h"
#include "bw_dispatch.h"

#pragma STDC FP_CONTRACT OFF

// Pixels that go through the vector units at a time, and their bytes.
enum { GROUP = 32, BYTES = 3 * GROUP };

// --- Linear -----------------------------------------------------------------------------------

BW_INLINE void linear_group(
    uint8_t *dst, const uint8_t *src, size_t bytes, const float *gain, const float *offset) {
    // By way of the stack: only then does the compiler know that it may go ahead in vectors even
    // where dst is src.
    uint8_t result[BYTES];
    for (size_t i = 0; i < bytes; i++) result[i] = bw_byte(gain[i] * src[i] + offset[i]);
    memcpy(dst, result, bytes);
}

BW_CLONES
void bw_linear_rgb8(
    uint8_t *dst, const uint8_t *src, size_t pixels, const float gain[3], const float offset[3]) {
    float gains[BYTES], offsets[BYTES];
    for (size_t i = 0; i < BYTES; i++) {
        gains[i] = gain[i % 3];
        offsets[i] = offset[i % 3];
    }
    const size_t bytes = 3 * pixels;
    size_t i = 0;
    for (; i + BYTES <= bytes; i += BYTES) linear_group(dst + i, src + i, BYTES, gains, offsets);
    linear_group(dst + i, src + i, bytes - i, gains, offsets);
}

void bw_linear_rgb8_plain(
    uint8_t *dst, const uint8_t *src, size_t pixels, const float gain[3], const float offset[3]) {
    for (size_t i = 0; i < 3 * pixels; i++) {
        dst[i] = bw_byte(gain[i % 3] * src[i] + offset[i % 3]);
    }
}

// --- Hue, saturation, value -------------------------------------------------------------------

// How much of the chroma a channel lacks, `distance` sectors from where it has all of it.
BW_INLINE float lack(float distance) {
    return bw_clamp((distance < 0 ? -distance : distance) - 1, 0, 1);
}

// Fractions of a unit that OpenCV's 8-bit conversion carries on the way to hue and saturation.
#define HSV_ONE 4096

// numerator · HSV_ONE / denominator, rounded; for bytes this equals OpenCV's tables entry by entry.
BW_INLINE int32_t hsv_quotient(int32_t numerator, int32_t denominator) {
    return bw_rounded((float)(numerator * HSV_ONE) / (float)(denominator > 0 ? denominator : 1));
}

BW_INLINE void shift_pixel(
    float *red, float *green, float *blue, float hue_shift, float saturation_shift,
    float value_shift) {
    const int32_t r = (int32_t)*red, g = (int32_t)*green, b = (int32_t)*blue;
    const int32_t high_gb = g > b ? g : b, low_gb = g < b ? g : b;
    const int32_t high = r > high_gb ? r : high_gb, low = r < low_gb ? r : low_gb;
    const int32_t range = high - low;
    const int32_t from_red = g - b, from_green = b - r + 2 * range, from_blue = r - g + 4 * range;
    const int32_t angle = high == r ? from_red : high == g ? from_green : from_blue;
    const int32_t saturation = (range * hsv_quotient(255, high) + HSV_ONE / 2) >> 12;
    const int32_t degrees = (angle * hsv_quotient(30, range) + HSV_ONE / 2) >> 12;
    float hue = (float)(degrees < 0 ? degrees + 180 : degrees) + hue_shift;
    hue = hue < 0 ? hue + 180 : hue;
    hue = hue >= 180 ? hue - 180 : hue;
    const float v = bw_clamp((float)high + value_shift, 0, 255);
    const float chroma = v * bw_clamp((float)saturation + saturation_shift, 0, 255) * (1 / 255.0f);
    const float sector = hue * (1 / 30.0f);
    // Sectors of 60 degrees in [0, 6): green has all of it at 2, blue at 4; red at 0 and 6, and none at 3.
    *red = v - chroma * (1 - lack(sector - 3));
    *green = v - chroma * lack(sector - 2);
    *blue = v - chroma * lack(sector - 4);
}

BW_INLINE float rounded_byte(float value) { return (float)bw_rounded(bw_clamp(value, 0, 255)); }

BW_INLINE void recolor_group(
    uint8_t *dst, const uint8_t *src, size_t pixels, const struct bw_recoloring *change) {
    float r[GROUP], g[GROUP], b[GROUP];
    for (size_t i = 0; i < pixels; i++) {
        r[i] = src[3 * i];
        g[i] = src[3 * i + 1];
        b[i] = src[3 * i + 2];
    }
    if (change->shifts_rgb) {
        for (size_t i = 0; i < pixels; i++) {
            r[i] = rounded_byte(r[i] + change->rgb[0]);
            g[i] = rounded_byte(g[i] + change->rgb[1]);
            b[i] = rounded_byte(b[i] + change->rgb[2]);
        }
    }
    if (change->shifts_hsv) {
        const float hue = change->hsv[0], saturation = change->hsv[1], value = change->hsv[2];
        for (size_t i = 0; i < pixels; i++) shift_pixel(&r[i], &g[i], &b[i], hue, saturation, value);
        for (size_t i = 0; i < pixels; i++) {
            r[i] = rounded_byte(r[i]);
            g[i] = rounded_byte(g[i]);
            b[i] = rounded_byte(b[i]);
        }
    }
    if (change->scales) {
        const float gain = change->gain, offset = change->offset;
        for (size_t i = 0; i < pixels; i++) {
            r[i] = rounded_byte(gain * r[i] + offset);
            g[i] = rounded_byte(gain * g[i] + offset);
            b[i] = rounded_byte(gain * b[i] + offset);
        }
    }
    for (size_t i = 0; i < pixels; i++) {
        dst[3 * i] = (uint8_t)(int32_t)r[i];
        dst[3 * i + 1] = (uint8_t)(int32_t)g[i];
        dst[3 * i + 2] = (uint8_t)(int32_t)b[i];
    }
}

BW_CLONES
void bw_recolor_rgb8(uint8_t *dst, const uint8_t *src, size_t pixels, const struct bw_recoloring *recoloring) {
    const struct bw_recoloring change = *recoloring;
    size_t i = 0;
    for (; i + GROUP <= pixels; i += GROUP) recolor_group(dst + 3 * i, src + 3 * i, GROUP, &change);
    recolor_group(dst + 3 * i, src + 3 * i, pixels - i, &change);
}

BW_CLONES
void bw_recolor_like_rgb8(
    uint8_t *dst, const uint8_t *src, const uint8_t *like, const uint8_t *result, size_t pixels,
    const struct bw_recoloring *recoloring) {
    const struct bw_recoloring change = *recoloring;
    size_t i = 0;
    for (; i + GROUP <= pixels; i += GROUP) {
        uint8_t difference = 0;
        for (size_t j = 0; j < BYTES; j++) difference |= src[3 * i + j] ^ like[3 * i + j];
        if (difference) {
            recolor_group(dst + 3 * i, src + 3 * i, GROUP, &change);
        } else {
            memcpy(dst + 3 * i, result + 3 * i, BYTES);
        }
    }
    recolor_group(dst + 3 * i, src + 3 * i, pixels - i, &change);
}

void bw_recolor_rgb8_plain(
    uint8_t *dst, const uint8_t *src, size_t pixels, const struct bw_recoloring *recoloring) {
    for (size_t i = 0; i < pixels; i++) {
        float v[3] = {src[3 * i], src[3 * i + 1], src[3 * i + 2]};
        if (recoloring->shifts_rgb) {
            for (int c = 0; c < 3; c++) v[c] = bw_byte(v[c] + recoloring->rgb[c]);
        }
        if (recoloring->shifts_hsv) {
            shift_pixel(&v[0], &v[1], &v[2], recoloring->hsv[0], recoloring->hsv[1], recoloring->hsv[2]);
            for (int c = 0; c < 3; c++) v[c] = bw_byte(v[c]);
        }
        if (recoloring->scales) {
            for (int c = 0; c < 3; c++) v[c] = bw_byte(recoloring->gain * v[c] + recoloring->offset);
        }
        for (int c = 0; c < 3; c++) dst[3 * i + c] = (uint8_t)v[c];
    }
}

// --- Sharpening -------------------------------------------------------------------------------

BW_CLONES
void bw_sharpen_rgb8(
    uint8_t *dst, const uint8_t *src, size_t width, size_t height, float centre, float around,
    uint16_t *sums) {
    const size_t row = 3 * width;
    const float own = centre - around;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *here = src + y * row;
        const uint8_t *above = y > 0 ? here - row : here + row;
        const uint8_t *below = y + 1 < height ? here + row : here - row;
        for (size_t i = 0; i < row; i++) {
            sums[3 + i] = (uint16_t)(above[i] + here[i] + below[i]);
        }
        for (size_t c = 0; c < 3; c++) {
            sums[c] = sums[6 + c];
            sums[row + 3 + c] = sums[row - 3 + c];
        }
        for (size_t i = 0; i < row; i++) {
            const int32_t all = sums[i] + sums[i + 3] + sums[i + 6];
            dst[y * row + i] = bw_byte(own * here[i] + around * (float)all);
        }
    }
}

void bw_sharpen_rgb8_plain(
    uint8_t *dst, const uint8_t *src, size_t width, size_t height, float centre, float around,
    uint16_t *sums) {
    (void)sums;
    const ptrdiff_t w = (ptrdiff_t)width, h = (ptrdiff_t)height;
    for (ptrdiff_t y = 0; y < h; y++) {
        for (ptrdiff_t x = 0; x < w; x++) {
            for (ptrdiff_t c = 0; c < 3; c++) {
                double sum = 0;
                for (ptrdiff_t j = -1; j <= 1; j++) {
                    for (ptrdiff_t i = -1; i <= 1; i++) {
                        const ptrdiff_t py = y + j < 0 ? 1 : y + j >= h ? h - 2 : y + j;
                        const ptrdiff_t px = x + i < 0 ? 1 : x + i >= w ? w - 2 : x + i;
                        sum += (double)(i == 0 && j == 0 ? centre : around)
                            * src[(py * w + px) * 3 + c];
                    }
                }
                dst[(y * w + x) * 3 + c] = bw_byte((float)sum);
            }
        }
    }
}

// --- Statistics -------------------------------------------------------------------------------

BW_CLONES
size_t bw_masked_sums_rgb8(
    const uint8_t *src, const float *mask, size_t pixels, uint64_t sum[3], uint64_t squares[3]) {
    size_t count = 0;
    for (size_t c = 0; c < 3; c++) sum[c] = squares[c] = 0;
    // 32-bit sums hold 2^16 squares of bytes: one row of lanes is emptied every 4096 groups.
    for (size_t start = 0; start < pixels; start += 4096 * GROUP) {
        const size_t end = pixels - start < 4096 * GROUP ? pixels : start + 4096 * GROUP;
        uint32_t lane_sum[BYTES] = {0}, lane_squares[BYTES] = {0};
        size_t p = start;
        for (; p + GROUP <= end; p += GROUP) {
            uint8_t inside[BYTES];
            uint32_t here = 0;
            for (size_t i = 0; i < GROUP; i++) {
                const uint8_t one = mask[p + i] > 0;
                here += one;
                inside[3 * i] = inside[3 * i + 1] = inside[3 * i + 2] = one;
            }
            if (here == 0) continue;
            count += here;
            for (size_t i = 0; i < BYTES; i++) {
                const uint32_t value = (uint32_t)src[3 * p + i] * inside[i];
                lane_sum[i] += value;
                lane_squares[i] += value * value;
            }
        }
        for (; p < end; p++) {
            if (!(mask[p] > 0)) continue;
            count++;
            for (size_t c = 0; c < 3; c++) {
                sum[c] += src[3 * p + c];
                squares[c] += (uint64_t)src[3 * p + c] * src[3 * p + c];
            }
        }
        for (size_t i = 0; i < BYTES; i++) {
            sum[i % 3] += lane_sum[i];
            squares[i % 3] += lane_squares[i];
        }
    }
    return count;
}

size_t bw_masked_sums_rgb8_plain(
    const uint8_t *src, const float *mask, size_t pixels, uint64_t sum[3], uint64_t squares[3]) {
    size_t count = 0;
    for (size_t c = 0; c < 3; c++) sum[c] = squares[c] = 0;
    for (size_t p = 0; p < pixels; p++) {
        if (!(mask[p] > 0)) continue;
        count++;
        for (size_t c = 0; c < 3; c++) {
            sum[c] += src[3 * p + c];
            squares[c] += (uint64_t)src[3 * p + c] * src[3 * p + c];
        }
    }
    return count;
}

// --- Blending ---------------------------------------------------------------------------------

BW_INLINE void blend_group(
    uint8_t *dst, const uint8_t *source, const uint8_t *target, const float *mask, size_t pixels) {
    float weights[BYTES];
    for (size_t i = 0; i < pixels; i++) {
        weights[3 * i] = weights[3 * i + 1] = weights[3 * i + 2] = mask[i];
    }
    for (size_t i = 0; i < 3 * pixels; i++) {
        const float t = target[i];
        dst[i] = bw_byte(t + weights[i] * ((float)source[i] - t));
    }
}

BW_CLONES
void bw_blend_rgb8(
    uint8_t *dst, const uint8_t *source, const uint8_t *target, const float *mask, size_t pixels) {
    size_t p = 0;
    for (; p + GROUP <= pixels; p += GROUP) {
        float any = 0;
        for (size_t i = 0; i < GROUP; i++) any = mask[p + i] > any ? mask[p + i] : any;
        if (any > 0) {
            blend_group(dst + 3 * p, source + 3 * p, target + 3 * p, mask + p, GROUP);
        } else {
            memcpy(dst + 3 * p, target + 3 * p, BYTES);
        }
    }
    blend_group(dst + 3 * p, source + 3 * p, target + 3 * p, mask + p, pixels - p);
}

void bw_blend_rgb8_plain(
    uint8_t *dst, const uint8_t *source, const uint8_t *target, const float *mask, size_t pixels) {
    for (size_t i = 0; i < 3 * pixels; i++) {
        const float t = target[i];
        dst[i] = bw_byte(t + mask[i / 3] * ((float)source[i] - t));
    }
}
