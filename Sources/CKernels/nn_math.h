// nn_math.h — exp and its relatives in forms that the compiler can vectorise. Private to CKernels.
#pragma once

#include "bw_dispatch.h"
#include <stdint.h>
#include <string.h>

// e^r of x = n·ln2 + r with |r| ≤ ln2/2, x limited to [-87, 88]: a polynomial of degree 6 (coefficients 1/k!,
// the last two adjusted by the small interval making the truncation error 4e-8). `shifted` has n in its lowest bits.
BW_INLINE float bw_exp_fraction(float x, float *n, float *shifted) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    // Adding 1.5·2^23 rounds to the nearest integer without a call.
    const float magic = 12582912.0f;
    *shifted = x * 1.44269504f + magic;
    *n = *shifted - magic;
    float r = x - *n * 0.693145752f;
    r = r - *n * 1.42860677e-6f;
    float p = 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    return p * r + 1.0f;
}

// e^x for float32 within 2 units in the last place on [-87, 88]; saturates outside. 2^n comes through the
// exponent's bits.
BW_INLINE float bw_exp(float x) {
    float n, shifted, p = bw_exp_fraction(x, &n, &shifted);
    int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

// sigmoid(z) for z · sigmoid(z) and its derivative: bw_sigmoid's bits for every number, in fewer steps, as n is
// added to the exponent of e^r where it stands. That may turn a NaN into a number: multiply by z, which is NaN then.
BW_INLINE float bw_silu_sigmoid(float z) {
    float n, shifted, p = bw_exp_fraction(-z, &n, &shifted);
    uint32_t bits, exponent;
    memcpy(&bits, &p, sizeof bits);
    memcpy(&exponent, &shifted, sizeof exponent);
    bits += exponent << 23;
    memcpy(&p, &bits, sizeof p);
    return 1.0f / (1.0f + p);
}

BW_INLINE float bw_sigmoid(float x) { return 1.0f / (1.0f + bw_exp(-x)); }
