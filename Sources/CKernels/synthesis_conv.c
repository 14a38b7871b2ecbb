#include "synthesis_conv.h"
#include "bw_dispatch.h"

// Vectors run over output channels, so each sum has the order of the loops below on any instruction
// set; contraction to fused multiply-adds, which round once instead of twice, is off.
BW_CLONES
void bw_portable_conv3(const float *x, const float *weights, const float *bias, float *y, int h, int w,
                       int cin, int cout, int stride, float slope) {
#pragma clang fp contract(off)
    int ho = (h - 1) / stride + 1, wo = (w - 1) / stride + 1;
    float sums[256];
    for (int oy = 0; oy < ho; oy++)
        for (int ox = 0; ox < wo; ox++) {
            for (int o = 0; o < cout; o++) sums[o] = bias[o];
            for (int tap = 0; tap < 9; tap++) {
                int iy = oy * stride + tap / 3 - 1, ix = ox * stride + tap % 3 - 1;
                if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
                const float *from = x + ((long)iy * w + ix) * cin;
                const float *row = weights + (long)tap * cin * cout;
                for (int i = 0; i < cin; i++, row += cout) {
                    float value = from[i];
                    // Zeros between the pixels of a transposed convolution.
                    if (value == 0) continue;
                    for (int o = 0; o < cout; o++) {
                        float product = value * row[o];
                        sums[o] += product;
                    }
                }
            }
            float *to = y + ((long)oy * wo + ox) * cout;
            for (int o = 0; o < cout; o++) to[o] = sums[o] > 0 ? sums[o] : slope * sums[o];
        }
}
