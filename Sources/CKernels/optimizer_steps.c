// optimizer_steps.c — Adam(W), SGD, weight averaging and the gradient's square sum, vectorised.

#include "optimizer_steps.h"
#include "bw_dispatch.h"

#include <stddef.h>

// A fused multiply-add would round differently on CPUs that lack it.
#pragma STDC FP_CONTRACT OFF

BW_CLONES
void bw_adam(long n, float *restrict parameters, const float *restrict gradient,
             float *restrict m, float *restrict v, bw_adam_step s) {
    for (long i = 0; i < n; ++i) {
        float p = parameters[i];
        float g = gradient[i] * s.gradient_scale + s.l2 * p;
        float mi = m[i] + s.one_minus_beta1 * (g - m[i]);
        float vi = v[i] * s.beta2 + s.one_minus_beta2 * g * g;
        // The builtin, because sqrtf may set errno and so keeps the loop scalar.
        float denominator = __builtin_elementwise_sqrt(vi) / s.correction2_sqrt + s.eps;
        m[i] = mi;
        v[i] = vi;
        parameters[i] = p * s.keep - s.step_size * mi / denominator;
    }
}

BW_CLONES
void bw_sgd(long n, float *restrict parameters, const float *restrict gradient,
            float *restrict buffer, bw_sgd_step s) {
    if (buffer == NULL) {
        for (long i = 0; i < n; ++i) {
            float g = gradient[i] * s.gradient_scale + s.l2 * parameters[i];
            parameters[i] -= s.rate * g;
        }
        return;
    }
    // Nesterov's look-ahead without a branch in the loop: direction = a·g + c·buffer.
    float a = s.nesterov ? 1.0f : 0.0f;
    float c = s.nesterov ? s.momentum : 1.0f;
    for (long i = 0; i < n; ++i) {
        float g = gradient[i] * s.gradient_scale + s.l2 * parameters[i];
        float b = s.momentum * buffer[i] + g;
        buffer[i] = b;
        parameters[i] -= s.rate * (a * g + c * b);
    }
}

BW_CLONES
void bw_moving_average(long n, float *restrict average, const float *restrict parameters, float share) {
    for (long i = 0; i < n; ++i) average[i] += share * (parameters[i] - average[i]);
}

BW_CLONES
double bw_sum_of_squares(long n, const float *restrict x) {
    double lane[16] = {0};
    long i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; ++j) {
            double xi = x[i + j];
            lane[j] += xi * xi;
        }
    for (; i < n; ++i) lane[i % 16] += (double)x[i] * x[i];
    double sum = 0;
    for (int j = 0; j < 16; ++j) sum += lane[j];
    return sum;
}
