// blend_noise.h — the elastic deformation's raw noise, straight from Philox4x32-10.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Fills dx[count], dy[count] with uniform noise in (-1, 1) on a grid of 2^-15.
//
// Value i comes from the i-th 32-bit word of the stream whose key is `key` and whose counter is
// (block, stream_word, 0, 0): the low half gives dx, the high half dy, each as (h + 0.5) / 32768 − 1.
void bw_displacement_noise_f32(
    float *dx, float *dy, size_t count, uint64_t key, uint32_t stream_word);
void bw_displacement_noise_f32_plain(
    float *dx, float *dy, size_t count, uint64_t key, uint32_t stream_word);
