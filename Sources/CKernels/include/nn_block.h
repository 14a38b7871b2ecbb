// nn_block.h — the passes over the wide maps of an inverted bottleneck in training, fused so that only
// what the convolutions put out is kept: normalised and activated values are computed again where
// they are read. Here z = x · scale + shift is a batch norm in front of an activation of nn_batchnorm.h.
// A map is a matrix [rows, c]; all rows of a call belong to one sample.
#pragma once

#include "nn_depthwise.h"

/// A batch norm and the activation behind it; vectors of c. mean and invstd are needed backward only.
typedef struct {
    const float *scale, *shift, *mean, *invstd;
    int activation;
} bw_norm;

/// Adds Σ act(z) over the rows to `sum` (c).
void bw_norm_pool(const bw_norm *norm, const float *x, long rows, int c, float *sum);

/// y = act(z) · gate.
void bw_norm_gate(const bw_norm *norm, const float *x, long rows, int c, const float *gate, float *y);

/// The same, and adds Σ dy · act(z) to `dgate`, dy being dL/d(act(z) · gate). y may be NULL.
void bw_norm_gate_backward(const bw_norm *norm, const float *x, const float *dy, long rows, int c,
                           const float *gate, float *y, float *dgate);

/// On entry d is dL/d(act(z) · gate), on return dL/dz, where act(z) has the further gradient `dpool`
/// (c). Adds Σdz and Σdz·x̂ to `sum` and `sum_x`.
void bw_norm_gate_sums(const bw_norm *norm, const float *x, float *d, long rows, int c,
                       const float *gate, const float *dpool, double *sum, double *sum_x);

/// dx = a · dz + b · x + d per channel; dx may be dz.
void bw_norm_apply(const float *x, const float *dz, long rows, int c, const float *a, const float *b,
                   const float *d, float *dx);

/// y = factor · z + residual, without activation. residual may be NULL.
void bw_norm_residual(const float *x, long rows, int c, const float *scale, const float *shift,
                      float factor, const float *residual, float *y);

/// Adds Σ factor·dy and Σ factor·dy·x̂ to `sum` and `sum_x`.
void bw_norm_residual_sums(const float *x, const float *dy, long rows, int c, const float *mean,
                           const float *invstd, float factor, double *sum, double *sum_x);

/// Floats of scratch for the two below.
long bw_block_scratch(const bw_depthwise_shape *s);

/// Output lines first … last−1 of one sample of y = depthwise(act(z)); adds the sums of y and of its
/// square to `sum` and `square` (c each).
void bw_block_depthwise(const bw_depthwise_shape *s, const bw_norm *norm, const float *x,
                        const float *weight, float *y, int first, int last, double *sum,
                        double *square, float *scratch);

/// Input lines first … last−1 of one sample of the backward pass of the above with the batch norm
/// behind it, whose dx = a·dz + b·y + d: writes dL/dz of the norm in front to `dx`, adds to `dweight`
/// [k, k, c] and Σdz and Σdz·x̂ to `sum` and `sum_x`. `flipped` is the weight with its taps reversed.
void bw_block_depthwise_backward(const bw_depthwise_shape *s, const bw_norm *norm, const float *x,
                                 const float *y, const float *dz, const float *a, const float *b,
                                 const float *d, const float *flipped, float *dx, float *dweight,
                                 int first, int last, double *sum, double *sum_x, float *scratch);
