// blend_elastic.h — an elastic deformation: a plane displaced by smoothed noise.
#pragma once
#include <stddef.h>

#include "blend_box.h"

// A Gaussian of large sigma, made on a coarse grid.
//
// The noise is filtered at every `step`-th pixel only; a cubic B-spline, which is very nearly a Gaussian
// of variance step²/3, carries the result back to all pixels. The first filter's variance is less by
// that. From sigma = 1.75 · step on, the sum is within 0.1 % of the noise's smoothed height of what the
// one Gaussian gives, at a fraction of the cost. Step 1 filters every pixel and leaves the spline out.
struct bw_smoothing {
    size_t step;           // a power of two up to 16
    const float *weights;  // the centre's, then each neighbour's, up to `radius`
    size_t radius;
};

// dst(x, y) = src(x + amplitude · (smoothed noise_x)(x, y), y + …): bilinear; beyond the outermost
// pixels' centres src is mirrored as by OpenCV's reflect-101, the noise as by SciPy's reflect.
//
// H×W planes, both sides at least 2; dst is not src. src is 0 outside `box`, which becomes the box
// outside which dst is. `scratch` holds bw_elastic_scratch(width, height, smoothing) floats.
void bw_elastic_f32(
    float *dst, const float *src, const float *noise_x, const float *noise_y, float amplitude,
    struct bw_smoothing smoothing, size_t width, size_t height, struct bw_box *box, float *scratch);
size_t bw_elastic_scratch(size_t width, size_t height, struct bw_smoothing smoothing);

// The same in double precision with one Gaussian of `sigma`, cut off at 4 sigma, at every pixel.
void bw_elastic_f32_plain(
    float *dst, const float *src, const float *noise_x, const float *noise_y, float amplitude,
    double sigma, size_t width, size_t height);
