// nn_depthwise.c — depthwise convolution of whole maps, direct in NHWC: see nn_depthwise_lines.h.

#include "nn_depthwise_lines.h"

BW_INLINE void forward_rows(const bw_depthwise_shape *s, const float *x, const float *weight, float *y,
                            int first, int last, const int k, const int stride) {
    for (int oy = first; oy < last; oy++) {
        const float *rows[5];
        rows_read(s, x, oy, rows);
        OVER_CHANNELS(line, s, rows, weight, y + (long)oy * s->wo * s->c, 0, 0, c0, k, stride);
    }
}

BW_CLONES
void bw_depthwise_forward(const bw_depthwise_shape *s, const float *x, const float *weight, float *y,
                          int first, int last) {
    // k and stride become constants of the inner loops.
    if (s->k == 3 && s->stride == 1) forward_rows(s, x, weight, y, first, last, 3, 1);
    else if (s->k == 3) forward_rows(s, x, weight, y, first, last, 3, 2);
    else if (s->stride == 1) forward_rows(s, x, weight, y, first, last, 5, 1);
    else forward_rows(s, x, weight, y, first, last, 5, 2);
}

BW_CLONES
void bw_depthwise_backward_input(const bw_depthwise_shape *s, const float *dy, const float *flipped,
                                 float *dx, int first, int last) {
    if (s->stride == 1) {
        const bw_depthwise_shape t = turned(s);
        if (s->k == 3) forward_rows(&t, dy, flipped, dx, first, last, 3, 1);
        else forward_rows(&t, dy, flipped, dx, first, last, 5, 1);
        return;
    }
    for (int iy = first; iy < last; iy++) {
        const float *rows[5];
        for (int ky = 0; ky < s->k; ky++) {
            const int oy = reader_of(s, iy, ky);
            rows[ky] = oy < 0 ? 0 : dy + (long)oy * s->wo * s->c;
        }
        float *line = dx + (long)iy * s->w * s->c;
        if (s->k == 3) OVER_CHANNELS(input_line, s, rows, flipped, line, c0, 3);
        else OVER_CHANNELS(input_line, s, rows, flipped, line, c0, 5);
    }
}

BW_INLINE void weight_rows(const bw_depthwise_shape *s, const float *x, const float *dy, float *dweight,
                           int first, int last, const int k, const int stride) {
    for (int oy = first; oy < last; oy++) {
        const float *rows[5];
        rows_read(s, x, oy, rows);
        for (int ky = 0; ky < k; ky++)
            if (rows[ky])
                OVER_CHANNELS(weight_line, s, rows[ky], dy + (long)oy * s->wo * s->c,
                              dweight + (long)ky * k * s->c, c0, k, stride);
    }
}

BW_CLONES
void bw_depthwise_backward_weight(const bw_depthwise_shape *s, const float *x, const float *dy,
                                  float *dweight, int first, int last) {
    if (s->k == 3 && s->stride == 1) weight_rows(s, x, dy, dweight, first, last, 3, 1);
    else if (s->k == 3) weight_rows(s, x, dy, dweight, first, last, 3, 2);
    else if (s->stride == 1) weight_rows(s, x, dy, dweight, first, last, 5, 1);
    else weight_rows(s, x, dy, dweight, first, last, 5, 2);
}
