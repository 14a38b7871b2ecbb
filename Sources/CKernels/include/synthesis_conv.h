// synthesis_conv.h — convolution for the built-in world's generators, whose pictures have to be the
// same bytes on every machine: one order of sums, no fused multiply-adds. For speed see nn_*.h.
#pragma once

/// y = leaky(3×3 convolution of x + bias), padding 1, x `[h, w, cin]`, y `[(h−1)/stride+1, …, cout]`,
/// weights `[9, cin, cout]`. `slope` 1 leaves the sums as they are. At most 256 output channels.
void bw_portable_conv3(const float *x, const float *weights, const float *bias, float *y, int h, int w,
                       int cin, int cout, int stride, float slope);
