// nn_elementwise.h — loops over single numbers: sums, gates, activations.
#pragma once

/// y += x · factor.
void bw_add_scaled(float *y, const float *x, long count, float factor);

/// y = x · factor.
void bw_scale(float *y, const float *x, long count, float factor);

/// Adds `count` vectors of `width` numbers, one after the other, to `to`.
void bw_add_parts(double *to, const double *parts, int count, long width);

/// y = a · x + b · z.
void bw_mix(float *y, float a, const float *x, float b, const float *z, long count);

/// y = x · gate, gate = sigmoid(g). Writes gate back into g.
void bw_sigmoid_gate_forward(const float *x, float *g, float *y, long count);

/// On entry dy is dL/dy of the above; dx += dy · gate, and dy becomes dL/dg.
void bw_sigmoid_gate_backward(const float *x, const float *gate, float *dy, float *dx, long count);

/// Leaky ReLU in place: x < 0 becomes x · slope (slope > 0, so that the sign survives).
void bw_leaky_relu_forward(float *x, long count, float slope);

/// dy of negative outputs times the slope, in place.
void bw_leaky_relu_backward(const float *y, float *dy, long count, float slope);

/// SiLU and sigmoid of small vectors, in place, with their gradients by the input z (not the output).
void bw_silu_forward(const float *z, float *y, long count);
void bw_silu_backward(const float *z, float *dy, long count);
void bw_sigmoid_forward(float *x, long count);
void bw_sigmoid_backward(const float *y, float *dy, long count);

/// Adds a bias row to each of `rows` rows.
void bw_add_bias(float *y, const float *bias, long rows, int c);

/// Adds the sum over rows to `db` (c).
void bw_bias_gradient(const float *dy, float *db, long rows, int c);

/// uint8 pixels to float: y = x / 255 · scale + shift.
void bw_normalize_bytes(const unsigned char *x, float *y, long count, float scale, float shift);

/// 1 if every number is finite.
int bw_all_finite(const float *x, long count);
