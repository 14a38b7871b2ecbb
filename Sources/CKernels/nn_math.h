// nn_math.h — exp and its relatives in forms that the compiler can vectorise. Private to CKernels.
#pragma once

#include "bw_dispatch.h"
#include <stdint.h>
#include <string.h>

// e^x for float32 within 2 units in the last place on [-87, 88]; saturates outside.
// x = n·ln2 + r with |r| ≤ ln2/2, e^r by a polynomial of degree 6 (coefficients 1/k!, the last two
// adjusted by the small interval making the truncation error 4e-8), 2^n through the exponent bits.
BW_INLINE float bw_exp(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    // Adding 1.5·2^23 rounds to the nearest integer without a call.
    const float magic = 12582912.0f;
    float n = (x * 1.44269504f + magic) - magic;
    float r = x - n * 0.693145752f;
    r = r - n * 1.42860677e-6f;
    float p = 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

BW_INLINE float bw_sigmoid(float x) { return 1.0f / (1.0f + bw_exp(-x)); }
