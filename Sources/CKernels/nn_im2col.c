#include "nn_im2col.h"
#include "bw_dispatch.h"
#include <string.h>

void bw_im2col(const float *x, float *columns, long first, long last, int h, int w, int c, int k,
               int stride, int pad_top, int pad_left, int ho, int wo) {
    for (long row = first; row < last; row++) {
        int ox = (int)(row % wo), oy = (int)(row / wo % ho);
        const float *sample = x + row / wo / ho * h * w * c;
        float *out = columns + (row - first) * k * k * c;
        for (int dy = 0; dy < k; dy++) {
            int iy = oy * stride + dy - pad_top;
            int x0 = ox * stride - pad_left;
            // The taps of this line that lie on the map, in one copy.
            int from = x0 < 0 ? -x0 : 0;
            int to = x0 + k > w ? w - x0 : k;
            if (iy < 0 || iy >= h || to <= from) {
                memset(out, 0, sizeof(float) * k * c);
            } else {
                memset(out, 0, sizeof(float) * from * c);
                memcpy(out + from * c, sample + ((long)iy * w + x0 + from) * c,
                       sizeof(float) * (to - from) * c);
                memset(out + to * c, 0, sizeof(float) * (k - to) * c);
            }
            out += k * c;
        }
    }
}

BW_CLONES
void bw_col2im(const float *columns, float *dx, int h, int w, int c, int k, int stride, int pad_top,
               int pad_left, int ho, int wo) {
    for (int oy = 0; oy < ho; oy++)
        for (int ox = 0; ox < wo; ox++) {
            const float *patch = columns + ((long)oy * wo + ox) * k * k * c;
            for (int dy = 0; dy < k; dy++) {
                int iy = oy * stride + dy - pad_top;
                if (iy < 0 || iy >= h) continue;
                for (int t = 0; t < k; t++) {
                    int ix = ox * stride + t - pad_left;
                    if (ix < 0 || ix >= w) continue;
                    float *to = dx + ((long)iy * w + ix) * c;
                    const float *from = patch + (dy * k + t) * c;
                    for (int j = 0; j < c; j++) to[j] += from[j];
                }
            }
        }
}
