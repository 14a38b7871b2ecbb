// nn_batchnorm.h — batch norm fused with the activation behind it.
// A map is a matrix [rows, c], rows = N·H·W; per-channel vectors have c elements.
#pragma once

/// What follows the normalisation.
enum { BW_ACT_NONE = 0, BW_ACT_SILU = 1, BW_ACT_RELU = 2, BW_ACT_LEAKY_RELU = 3 };

/// Adds Σx and Σx² of each channel over `rows` rows to `sum` and `square` (double, c each).
void bw_bn_sums(const float *x, long rows, int c, double *sum, double *square);

/// y = act(x · scale + shift). y may be x.
void bw_bn_forward(const float *x, float *y, long rows, int c, const float *scale,
                   const float *shift, int activation);

/// First half of the backward pass. On entry dy is dL/dy; on return it is dL/dz, z the value before
/// the activation. Adds Σdz and Σdz·x̂ of each channel to `sum_dz` and `sum_dzx`, x̂ = (x − mean)·invstd.
void bw_bn_backward_sums(const float *x, float *dy, long rows, int c, const float *scale,
                         const float *shift, const float *mean, const float *invstd,
                         int activation, double *sum_dz, double *sum_dzx);

/// Second half: dx = a·dz + b·x + d per channel, in place on dz.
void bw_bn_backward_apply(const float *x, float *dz, long rows, int c, const float *a,
                          const float *b, const float *d);
