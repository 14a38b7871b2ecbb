// optimizer_losses.c — squared difference and its gradients, vectorised.

#include "optimizer_losses.h"
#include "bw_dispatch.h"

#include <stddef.h>

// A fused multiply-add would round differently on CPUs that lack it.
#pragma STDC FP_CONTRACT OFF

BW_CLONES
double bw_squared_difference(long n, const float *restrict prediction, const float *restrict target,
                             float factor, float *restrict d_prediction, float *restrict d_target) {
    // Sixteen running sums, whatever the vector width, so that the sum's order is the same everywhere.
    double lane[16] = {0};
    long i = 0;
    for (; i + 16 <= n; i += 16) {
        float gradient[16];
        for (int j = 0; j < 16; ++j) {
            float difference = prediction[i + j] - target[i + j];
            gradient[j] = factor * difference;
            lane[j] += (double)difference * difference;
        }
        for (int j = 0; j < 16; ++j) d_prediction[i + j] = gradient[j];
        if (d_target != NULL)
            for (int j = 0; j < 16; ++j) d_target[i + j] -= gradient[j];
    }
    for (; i < n; ++i) {
        float difference = prediction[i] - target[i];
        lane[i % 16] += (double)difference * difference;
        d_prediction[i] = factor * difference;
        if (d_target != NULL) d_target[i] -= factor * difference;
    }
    double sum = 0;
    for (int j = 0; j < 16; ++j) sum += lane[j];
    return sum;
}
