#include "nn_elementwise.h"
#include "nn_math.h"

BW_CLONES
void bw_add_scaled(float *y, const float *x, long count, float factor) {
    for (long i = 0; i < count; i++) y[i] += x[i] * factor;
}

BW_CLONES
void bw_scale(float *y, const float *x, long count, float factor) {
    for (long i = 0; i < count; i++) y[i] = x[i] * factor;
}

BW_CLONES
void bw_add_parts(double *to, const double *parts, int count, long width) {
    for (int part = 0; part < count; part++)
        for (long i = 0; i < width; i++) to[i] += parts[part * width + i];
}

BW_CLONES
void bw_mix(float *y, float a, const float *x, float b, const float *z, long count) {
    for (long i = 0; i < count; i++) y[i] = a * x[i] + b * z[i];
}

BW_CLONES
void bw_sigmoid_gate_forward(const float *x, float *g, float *y, long count) {
    for (long i = 0; i < count; i++) {
        float gate = bw_sigmoid(g[i]);
        g[i] = gate;
        y[i] = x[i] * gate;
    }
}

BW_CLONES
void bw_sigmoid_gate_backward(const float *x, const float *gate, float *dy, float *dx, long count) {
    for (long i = 0; i < count; i++) {
        float d = dy[i], s = gate[i];
        dx[i] += d * s;
        dy[i] = d * x[i] * s * (1.0f - s);
    }
}

BW_CLONES
void bw_leaky_relu_forward(float *x, long count, float slope) {
    for (long i = 0; i < count; i++) x[i] = x[i] > 0 ? x[i] : x[i] * slope;
}

BW_CLONES
void bw_leaky_relu_backward(const float *y, float *dy, long count, float slope) {
    for (long i = 0; i < count; i++) dy[i] = y[i] > 0 ? dy[i] : dy[i] * slope;
}

BW_CLONES
void bw_silu_forward(const float *z, float *y, long count) {
    for (long i = 0; i < count; i++) y[i] = z[i] * bw_silu_sigmoid(z[i]);
}

BW_CLONES
void bw_silu_backward(const float *z, float *dy, long count) {
    for (long i = 0; i < count; i++) {
        float s = bw_silu_sigmoid(z[i]);
        dy[i] *= s + z[i] * s * (1.0f - s);
    }
}

BW_CLONES
void bw_sigmoid_forward(float *x, long count) {
    for (long i = 0; i < count; i++) x[i] = bw_sigmoid(x[i]);
}

BW_CLONES
void bw_sigmoid_backward(const float *y, float *dy, long count) {
    for (long i = 0; i < count; i++) dy[i] *= y[i] * (1.0f - y[i]);
}

BW_CLONES
void bw_add_bias(float *y, const float *bias, long rows, int c) {
    for (long r = 0; r < rows; r++)
        for (int j = 0; j < c; j++) y[r * c + j] += bias[j];
}

BW_CLONES
void bw_bias_gradient(const float *dy, float *db, long rows, int c) {
    for (long r = 0; r < rows; r++)
        for (int j = 0; j < c; j++) db[j] += dy[r * c + j];
}

BW_CLONES
void bw_normalize_bytes(const unsigned char *x, float *y, long count, float scale, float shift) {
    for (long i = 0; i < count; i++) y[i] = (float)x[i] * (scale / 255.0f) + shift;
}

BW_CLONES
int bw_all_finite(const float *x, long count) {
    // x − x is 0 for finite numbers and NaN for all others.
    int bad = 0;
    for (long i = 0; i < count; i++) bad |= !(x[i] - x[i] == 0.0f);
    return !bad;
}
