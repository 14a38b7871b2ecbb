// blend_math.h — small numeric helpers that the blend kernels share; inlined into every clone.
#pragma once
#include <stdint.h>
#include <string.h>

#define BW_INLINE static inline __attribute__((always_inline))

BW_INLINE float bw_clamp(float value, float lower, float upper) {
    value = value < lower ? lower : value;
    return value > upper ? upper : value;
}

// To the nearest integer, ties to even, for |value| < 2^22. Adding 1.5·2^23 leaves it in the low
// bits, without a library call where the instruction set has no rounding.
BW_INLINE int32_t bw_rounded(float value) {
    const float shifted = value + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4B400000;
}

// Rounded and clamped to a byte.
BW_INLINE uint8_t bw_byte(float value) { return (uint8_t)bw_rounded(bw_clamp(value, 0, 255)); }

// ⌊value⌋ for |value| < 2^31.
BW_INLINE float bw_floor(float value) {
    const float truncated = (float)(int32_t)value;
    return truncated > value ? truncated - 1 : truncated;
}
