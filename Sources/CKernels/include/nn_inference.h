// nn_inference.h — what only inference does: a depthwise convolution that adds its bias, activates and
// sums its output while it is in registers, and the gate of squeeze-excite.
//
// Batch norms are folded into weights and biases. Maps are [h, w, c] of one sample; a tile of a map is a
// range of lines and of channels, with a distance of its own from pixel to pixel.
#pragma once

typedef struct {
    int h, w;                // input map
    int wo;                  // columns of the output map
    int k, stride;           // k = 3 or 5, stride 1 or 2
    int pad_top, pad_left;   // zeros around the input map
    int c;                   // channels of the tile
    long x_pixel, y_pixel;   // floats from one pixel to the next
    long w_tap;              // floats from one tap's weights to the next's
} bw_depthwise_tile;

/// Output lines first … last−1 of a tile: y = silu(depthwise(x) + bias), and adds y to `sums` (c).
/// `x` is where line `x_first` of the input map lies; `y` is where output line `first` goes.
void bw_depthwise_silu(const bw_depthwise_tile *t, const float *x, int x_first, const float *weight,
                       const float *bias, float *y, int first, int last, float *sums);

/// gate = sigmoid(W₂ · silu(W₁ · mean + b₁) + b₂), mean = Σ parts · factor.
/// `parts` [count, c] are partial sums of the map, added in order; w1 [s, c]; w2 [s, c], which is W₂
/// transposed; `mean` (c) and `hidden` (s) are memory to work in.
void bw_squeeze_gate(const float *parts, int count, float factor, const float *w1, const float *b1,
                     const float *w2, const float *b2, float *mean, float *hidden, float *gate, int c,
                     int s);

/// y [rows, c] = x · scale, one number a row.
void bw_row_scale(const float *x, const float *scale, float *y, int rows, int c);
