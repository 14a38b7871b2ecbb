// blend_gaussian.h — separable symmetric filters over one plane of floats.
#pragma once
#include <stddef.h>

// What lies beyond a plane's edge.
enum bw_border {
    BW_REFLECT_101 = 0,  // dcb|abcd|cba: OpenCV's default
    BW_REFLECT = 1,      // cba|abcd|dcb: SciPy's default
};

// dst = src filtered along rows, then along columns, with the same symmetric weights:
// weights[0] is the centre's, weights[k] that of both neighbours k away, up to `radius`.
//
// H×W planes, row-major; dst may be src. `scratch` holds bw_filter_scratch(width, height, radius)
// floats. Cost: about 3·radius operations a pixel and pass.
void bw_filter_symmetric_f32(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    enum bw_border border, float *scratch);
void bw_filter_symmetric_f32_plain(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    enum bw_border border, float *scratch);

// Floats of scratch memory that either needs.
size_t bw_filter_scratch(size_t width, size_t height, size_t radius);
