// wire_bf16.c — conversion to and from bfloat16, with the loss kept for the next time.

#include "wire_bf16.h"
#include "bw_dispatch.h"

#include <string.h>

// The loss is x − bf16(x), exactly; a contraction could not change it, but let nobody wonder.
#pragma STDC FP_CONTRACT OFF

BW_INLINE uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

BW_INLINE float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

BW_CLONES
void bw_bf16_compress(long n, const float *restrict x, float *restrict residual, uint16_t *restrict wire) {
    for (long i = 0; i < n; ++i) {
        float sum = x[i] + residual[i];
        uint32_t bits = bits_of(sum);
        uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
        // NaN must stay NaN: rounding up could carry into the sign.
        uint32_t is_finite = (bits & 0x7F800000) != 0x7F800000;
        rounded = is_finite ? rounded : (bits >> 16) | ((bits & 0xFFFF) != 0 ? 0x40 : 0);
        wire[i] = (uint16_t)rounded;
        float loss = sum - float_of(rounded << 16);
        // Rounding up from the largest numbers gives infinity: that loss is no number to go on with.
        uint32_t lost = (bits_of(loss) & 0x7F800000) != 0x7F800000;
        residual[i] = is_finite && lost ? loss : 0;
    }
}

BW_CLONES
void bw_bf16_accumulate(long n, const uint16_t *restrict wire, float *restrict sum, int beta) {
    if (beta)
        for (long i = 0; i < n; ++i) sum[i] += float_of((uint32_t)wire[i] << 16);
    else
        for (long i = 0; i < n; ++i) sum[i] = float_of((uint32_t)wire[i] << 16);
}

void bw_bf16_expand(long n, const uint16_t *wire, float *x) { bw_bf16_accumulate(n, wire, x, 0); }
