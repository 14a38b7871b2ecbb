// blend_noise.c — the elastic deformation's raw noise, straight from Philox4x32-10
// (Salmon, Moraes, Dror, Shaw, SC 2011). Not a general generator: no state, two planes at once.
//
// Many counter blocks go side by side, each 32-bit word in a 64-bit lane, where the products of
// the rounds need no shuffling.

#include "blend_noise.h"
#include "bw_dispatch.h"

enum { LANES = 16, ROUNDS = 10 };

#define MULTIPLIER_0 UINT64_C(0xD2511F53)
#define MULTIPLIER_1 UINT64_C(0xCD9E8D57)
#define WEYL_0 UINT32_C(0x9E3779B9)
#define WEYL_1 UINT32_C(0xBB67AE85)
#define LOW_WORD UINT64_C(0xFFFFFFFF)

static inline __attribute__((always_inline)) float from_half(uint32_t half) {
    return ((float)half + 0.5f) * 0x1p-15f - 1;
}

BW_CLONES
void bw_displacement_noise_f32(
    float *dx, float *dy, size_t count, uint64_t key, uint32_t stream_word) {
    const size_t blocks = (count + 3) / 4;
    for (size_t first = 0; first < blocks; first += LANES) {
        uint64_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
        for (size_t lane = 0; lane < LANES; lane++) {
            c0[lane] = (first + lane) & LOW_WORD;
            c1[lane] = stream_word;
            c2[lane] = 0;
            c3[lane] = 0;
        }
        uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
        for (int round = 0; round < ROUNDS; round++) {
            for (size_t lane = 0; lane < LANES; lane++) {
                const uint64_t p0 = c0[lane] * MULTIPLIER_0;
                const uint64_t p1 = c2[lane] * MULTIPLIER_1;
                c0[lane] = (p1 >> 32) ^ c1[lane] ^ k0;
                c1[lane] = p1 & LOW_WORD;
                c2[lane] = (p0 >> 32) ^ c3[lane] ^ k1;
                c3[lane] = p0 & LOW_WORD;
            }
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        float bx[4 * LANES], by[4 * LANES];
        for (size_t lane = 0; lane < LANES; lane++) {
            bx[4 * lane + 0] = from_half((uint32_t)c0[lane] & 0xFFFF);
            bx[4 * lane + 1] = from_half((uint32_t)c1[lane] & 0xFFFF);
            bx[4 * lane + 2] = from_half((uint32_t)c2[lane] & 0xFFFF);
            bx[4 * lane + 3] = from_half((uint32_t)c3[lane] & 0xFFFF);
            by[4 * lane + 0] = from_half((uint32_t)(c0[lane] >> 16));
            by[4 * lane + 1] = from_half((uint32_t)(c1[lane] >> 16));
            by[4 * lane + 2] = from_half((uint32_t)(c2[lane] >> 16));
            by[4 * lane + 3] = from_half((uint32_t)(c3[lane] >> 16));
        }
        const size_t start = 4 * first;
        const size_t n = count - start < 4 * LANES ? count - start : 4 * LANES;
        for (size_t i = 0; i < n; i++) {
            dx[start + i] = bx[i];
            dy[start + i] = by[i];
        }
    }
}

void bw_displacement_noise_f32_plain(
    float *dx, float *dy, size_t count, uint64_t key, uint32_t stream_word) {
    for (size_t i = 0; i < count; i++) {
        uint32_t c[4] = {(uint32_t)(i / 4), stream_word, 0, 0};
        uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
        for (int round = 0; round < ROUNDS; round++) {
            const uint64_t p0 = c[0] * MULTIPLIER_0, p1 = c[2] * MULTIPLIER_1;
            c[0] = (uint32_t)(p1 >> 32) ^ c[1] ^ k[0];
            c[1] = (uint32_t)p1;
            c[2] = (uint32_t)(p0 >> 32) ^ c[3] ^ k[1];
            c[3] = (uint32_t)p0;
            k[0] += WEYL_0;
            k[1] += WEYL_1;
        }
        dx[i] = from_half(c[i % 4] & 0xFFFF);
        dy[i] = from_half(c[i % 4] >> 16);
    }
}
