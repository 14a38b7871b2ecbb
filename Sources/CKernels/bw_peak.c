#include "bw_peak.h"
#include "bw_dispatch.h"

typedef float v16 __attribute__((vector_size(64), aligned(4)));

// Enough independent sums to hide the latency, few enough to stay in the registers of AVX2.
enum { SUMS = 6 };

BW_CLONES
double bw_peak_multiply_add(long rounds, float *result) {
    v16 sum[SUMS], factor, addend;
    for (int j = 0; j < 16; j++) factor[j] = 0.999f, addend[j] = 1e-3f;
    for (int i = 0; i < SUMS; i++) sum[i] = addend;
    for (long round = 0; round < rounds; round++)
        for (int i = 0; i < SUMS; i++) sum[i] = sum[i] * factor + addend;
    for (int i = 1; i < SUMS; i++) sum[0] += sum[i];
    *result = sum[0][0];
    return 2.0 * 16 * SUMS * (double)rounds;
}
