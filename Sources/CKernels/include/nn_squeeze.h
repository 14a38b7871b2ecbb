// nn_squeeze.h — pooling over a map and scaling by channel: the two ends of squeeze-excite.
// One sample is a matrix [pixels, c].
#pragma once

/// mean[j] = the mean of channel j over the pixels of one sample.
void bw_pool_forward(const float *x, float *mean, int pixels, int c);

/// dx += dmean / pixels for one sample.
void bw_pool_backward(const float *dmean, float *dx, int pixels, int c);

/// y = x · scale for one sample.
void bw_channel_scale(const float *x, const float *scale, float *y, int pixels, int c);

/// dscale[j] = Σ dy · x for one sample.
void bw_channel_scale_gradient(const float *x, const float *dy, float *dscale, int pixels, int c);

/// dx = dy · scale + offset for one sample, in place on dy.
void bw_channel_scale_backward(float *dy, const float *scale, const float *offset, int pixels, int c);
