// blend_gaussian.h — separable symmetric filters over one plane of floats.
#pragma once
#include <stddef.h>

#include "blend_box.h"

// dst = src filtered along rows, then along columns, with the same symmetric weights:
// weights[0] is the centre's, weights[k] that of both neighbours k away, up to `radius`. Beyond the edge
// lies dcb|abcd|cba: OpenCV's reflect-101.
//
// H×W planes, row-major; dst may be src. src is 0 outside `box`, which becomes the box outside which
// dst is. `scratch` holds bw_filter_scratch(width, height, radius) floats. Cost: about 3·radius
// operations a pixel of the box and pass.
void bw_filter_symmetric_f32(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    struct bw_box *box, float *scratch);
void bw_filter_symmetric_f32_plain(
    float *dst, const float *src, size_t width, size_t height, const float *weights, size_t radius,
    float *scratch);

// Floats of scratch memory that either needs.
size_t bw_filter_scratch(size_t width, size_t height, size_t radius);
