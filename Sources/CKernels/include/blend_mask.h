// blend_mask.h — drawing face masks and finding their solid inside.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "blend_box.h"

// Sets the pixels of a filled convex polygon and of its 8-connected outline to 1, as OpenCV's
// fillConvexPoly does. `points` are x, y pairs of the `count` >= 1 corners in order, within ±2^20;
// what lies outside the H×W plane is cut off. `spans` holds 2·height ints.
void bw_fill_convex_f32(
    float *mask, size_t width, size_t height, const int32_t *points, size_t count, int32_t *spans);

// Fills a convex polygon with an anti-aliased edge, as OpenCV's fillConvexPoly does with LINE_AA: the
// pixels between its edges, and on each edge a line whose weights fall off over about a pixel. To within
// 1 of 255 also in between, and nearly always exact. The mask has to be 0; `points` as above, without any
// in the middle of an edge. `spans` holds 2·height ints.
void bw_fill_convex_smooth_f32(
    float *mask, size_t width, size_t height, const int32_t *points, size_t count, int64_t *spans);

// inside(x, y) = 1 if mask = `level` in the whole window of 2·radius + 1 pixels squared around
// (x, y) as far as it lies on the plane, else 0. Returns how many pixels are 1. `level` is not 0, and
// mask is 0 outside `box`; so is inside. `scratch` holds bw_solid_scratch(width, height, radius) bytes;
// inside may be mask.
size_t bw_solid_inside_f32(
    float *inside, const float *mask, float level, size_t width, size_t height, size_t radius,
    struct bw_box box, uint8_t *scratch);
size_t bw_solid_inside_f32_plain(
    float *inside, const float *mask, float level, size_t width, size_t height, size_t radius);
size_t bw_solid_scratch(size_t width, size_t height, size_t radius);

// The largest of `count` >= 1 values, none of them NaN.
float bw_largest_f32(const float *values, size_t count);

// values = values / divisor · factor. The largest becomes exactly `factor` if it is the divisor.
void bw_normalise_f32(float *values, size_t count, float divisor, float factor);
