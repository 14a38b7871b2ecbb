// wire_bf16.h — float32 as bfloat16 on the way between ranks: its upper half, rounded to nearest even.
// n elements; arrays do not overlap unless they are the same.
#pragma once

#include <stdint.h>

/// wire = bf16(x + residual); residual = what that lost, or 0 where the sum is not finite.
void bw_bf16_compress(long n, const float *x, float *residual, uint16_t *wire);
/// sum = (beta ? sum : 0) + wire.
void bw_bf16_accumulate(long n, const uint16_t *wire, float *sum, int beta);
/// x = wire.
void bw_bf16_expand(long n, const uint16_t *wire, float *x);
