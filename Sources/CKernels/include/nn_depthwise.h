// nn_depthwise.h — depthwise convolution, k = 3 or 5, stride 1 or 2, direct in NHWC.
// One sample: x [h, w, c], y [ho, wo, c]; weights [k, k, c]; padding is given for the top and left,
// what lies beyond the map is zero.
#pragma once

typedef struct {
    int h, w, c;       // input map
    int ho, wo;        // output map
    int k, stride;
    int pad_top, pad_left;
} bw_depthwise_shape;

/// Output rows first … last−1 of one sample.
void bw_depthwise_forward(const bw_depthwise_shape *s, const float *x, const float *weight, float *y,
                          int first, int last);

/// Input-gradient rows first … last−1 of one sample: dx = what dy says of them (written, not added).
/// `flipped` is the weight with its taps in reverse order.
void bw_depthwise_backward_input(const bw_depthwise_shape *s, const float *dy, const float *flipped,
                                 float *dx, int first, int last);

/// Adds to dweight what output rows first … last−1 of one sample say of the weights.
void bw_depthwise_backward_weight(const bw_depthwise_shape *s, const float *x, const float *dy,
                                  float *dweight, int first, int last);
