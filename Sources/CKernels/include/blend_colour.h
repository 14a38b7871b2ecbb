// blend_colour.h — colour changes and the blend itself, on interleaved 8-bit RGB.
#pragma once
#include <stddef.h>
#include <stdint.h>

// N pixels, RGB interleaved. Results are rounded to nearest and clamped; dst may be src unless
// said otherwise.

// dst = gain[channel] · src + offset[channel].
void bw_linear_rgb8(
    uint8_t *dst, const uint8_t *src, size_t pixels, const float gain[3], const float offset[3]);
void bw_linear_rgb8_plain(
    uint8_t *dst, const uint8_t *src, size_t pixels, const float gain[3], const float offset[3]);

// Up to three changes, one after the other, each rounded to bytes.
struct bw_recoloring {
    // 1. Added to red, green and blue.
    int shifts_rgb;
    float rgb[3];
    // 2. Added to hue, saturation and value: to 8-bit HSV exactly as OpenCV does (hue 0…179, the others
    //    0…255), hue round the circle, the others clamped, and back. May be fractions of a unit.
    int shifts_hsv;
    float hsv[3];
    // 3. v → gain · v + offset.
    int scales;
    float gain;
    float offset;
};
void bw_recolor_rgb8(uint8_t *dst, const uint8_t *src, size_t pixels, const struct bw_recoloring *recoloring);
// The same for a picture that mostly equals `like`, whose recoloured copy `result` is: equal stretches are
// taken from there.
void bw_recolor_like_rgb8(
    uint8_t *dst, const uint8_t *src, const uint8_t *like, const uint8_t *result, size_t pixels,
    const struct bw_recoloring *recoloring);
void bw_recolor_rgb8_plain(
    uint8_t *dst, const uint8_t *src, size_t pixels, const struct bw_recoloring *recoloring);

// 3×3 filter with `centre` in the middle and `around` on the other eight, mirrored at the outermost
// pixels. H×W, both at least 2; dst is not src. `sums` holds 3·(width + 2) uint16.
void bw_sharpen_rgb8(
    uint8_t *dst, const uint8_t *src, size_t width, size_t height, float centre, float around,
    uint16_t *sums);
void bw_sharpen_rgb8_plain(
    uint8_t *dst, const uint8_t *src, size_t width, size_t height, float centre, float around,
    uint16_t *sums);

// Per channel the sum and the sum of squares over the pixels with mask > 0, exact. Returns how
// many those are. At most 2^26 pixels.
size_t bw_masked_sums_rgb8(
    const uint8_t *src, const float *mask, size_t pixels, uint64_t sum[3], uint64_t squares[3]);
size_t bw_masked_sums_rgb8_plain(
    const uint8_t *src, const float *mask, size_t pixels, uint64_t sum[3], uint64_t squares[3]);

// dst = target + mask · (source − target), which is target where mask = 0 and source where it is 1.
void bw_blend_rgb8(
    uint8_t *dst, const uint8_t *source, const uint8_t *target, const float *mask, size_t pixels);
void bw_blend_rgb8_plain(
    uint8_t *dst, const uint8_t *source, const uint8_t *target, const float *mask, size_t pixels);
