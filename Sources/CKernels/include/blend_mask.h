// blend_mask.h — drawing face masks and finding their solid inside.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Sets the pixels of a filled convex polygon and of its 8-connected outline to 1, as OpenCV's
// fillConvexPoly does. `points` are x, y pairs of the `count` >= 1 corners in order, within ±2^20;
// what lies outside the H×W plane is cut off. `spans` holds 2·height ints.
void bw_fill_convex_f32(
    float *mask, size_t width, size_t height, const int32_t *points, size_t count, int32_t *spans);

// Sets the pixels of a convex polygon to 1 and lets them fall to 0 over `reach` pixels outside it.
// `edges` are `count` triples (a, b, c) with a·x + b·y + c the signed distance from the edge's
// line in pixels, positive outside.
void bw_fill_convex_soft_f32(
    float *mask, size_t width, size_t height, const float *edges, size_t count, float reach);
void bw_fill_convex_soft_f32_plain(
    float *mask, size_t width, size_t height, const float *edges, size_t count, float reach);

// inside(x, y) = 1 if mask = `level` in the whole window of 2·radius + 1 pixels squared around
// (x, y) as far as it lies on the plane, else 0. Returns how many pixels are 1.
// `scratch` holds bw_solid_scratch(width, height, radius) bytes; inside may be mask.
size_t bw_solid_inside_f32(
    float *inside, const float *mask, float level, size_t width, size_t height, size_t radius,
    uint8_t *scratch);
size_t bw_solid_inside_f32_plain(
    float *inside, const float *mask, float level, size_t width, size_t height, size_t radius);
size_t bw_solid_scratch(size_t width, size_t height, size_t radius);

// The largest of `count` >= 1 values, none of them NaN.
float bw_largest_f32(const float *values, size_t count);

// values = values / divisor · factor. The largest becomes exactly `factor` if it is the divisor.
void bw_normalise_f32(float *values, size_t count, float divisor, float factor);
