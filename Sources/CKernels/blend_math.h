// blend_math.h — small numeric helpers that the blend kernels share; inlined into every clone.
#pragma once
#include <stdint.h>
#include <string.h>

#define BW_INLINE static inline __attribute__((always_inline))

BW_INLINE float bw_clamp(float value, float lower, float upper) {
    value = value < lower ? lower : value;
    return value > upper ? upper : value;
}

// Rounds to nearest (ties to even) and clamps to a byte. Adding 1.5·2^23 leaves the rounded integer
// in the low bits, without a library call where the instruction set has no rounding.
BW_INLINE uint8_t bw_byte(float value) {
    const float shifted = bw_clamp(value, 0, 255) + 12582912.0f;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return (uint8_t)bits;
}

// ⌊value⌋ for |value| < 2^31.
BW_INLINE float bw_floor(float value) {
    const float truncated = (float)(int32_t)value;
    return truncated > value ? truncated - 1 : truncated;
}
