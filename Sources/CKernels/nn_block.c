// nn_block.c — fused passes over the wide maps of an inverted bottleneck. See nn_block.h.
//
// Sums are kept in float over a few dozen rows and in double beyond, as in nn_batchnorm.c.

#include "nn_block.h"
#include "nn_batchnorm.h"
#include "nn_depthwise_lines.h"
#include "nn_math.h"

#include <string.h>

// Rows whose sums are kept in float, and channels whose sums stay in the first-level cache.
enum { BLOCK = 32, STRIP = 256 };

BW_INLINE float activate(float z, const int activation) {
    if (activation == BW_ACT_SILU) return z * bw_silu_sigmoid(z);
    if (activation == BW_ACT_RELU) return z < 0 ? 0 : z;
    return z;
}

// act(z), and its derivative.
BW_INLINE float activate_both(float z, const int activation, float *slope) {
    if (activation == BW_ACT_SILU) {
        const float s = bw_silu_sigmoid(z), y = z * s;
        *slope = s + y * (1.0f - s);
        return y;
    }
    if (activation == BW_ACT_RELU) {
        *slope = z <= 0 ? 0 : 1;
        return z < 0 ? 0 : z;
    }
    *slope = 1;
    return z;
}

// Calls f(…, activation) with the activation as a constant, so that the choice leaves the loops.
#define WITH_ACTIVATION(f, ...)                                                                     \
    do {                                                                                            \
        if (norm->activation == BW_ACT_SILU) f(__VA_ARGS__, BW_ACT_SILU);                           \
        else if (norm->activation == BW_ACT_RELU) f(__VA_ARGS__, BW_ACT_RELU);                      \
        else f(__VA_ARGS__, BW_ACT_NONE);                                                           \
    } while (0)

// Walks over strips of channels and blocks of rows: `width` channels from c0, rows r0 … end−1.
#define OVER_BLOCKS(rows, c)                                                                        \
    for (long r0 = 0, end; end = r0 + BLOCK < (rows) ? r0 + BLOCK : (rows), r0 < (rows); r0 = end)  \
        for (int c0 = 0, width; width = (c) - c0 < STRIP ? (c) - c0 : STRIP, c0 < (c); c0 += STRIP)

BW_INLINE void pool(const bw_norm *norm, const float *x, long rows, int c, float *sum, const int act) {
    const float *restrict scale = norm->scale, *restrict shift = norm->shift;
    OVER_BLOCKS(rows, c) {
        float s[STRIP] = {0};
        for (long r = r0; r < end; r++) {
            const float *restrict xr = x + r * c + c0;
            for (int j = 0; j < width; j++)
                s[j] += activate(xr[j] * scale[c0 + j] + shift[c0 + j], act);
        }
        for (int j = 0; j < width; j++) sum[c0 + j] += s[j];
    }
}

BW_CLONES
void bw_norm_pool(const bw_norm *norm, const float *x, long rows, int c, float *sum) {
    WITH_ACTIVATION(pool, norm, x, rows, c, sum);
}

BW_INLINE void gate_forward(const bw_norm *norm, const float *x, long rows, int c, const float *gate,
                            float *y, const int act) {
    const float *restrict scale = norm->scale, *restrict shift = norm->shift;
    for (long r = 0; r < rows; r++) {
        const float *restrict xr = x + r * c;
        float *restrict yr = y + r * c;
        for (int j = 0; j < c; j++) yr[j] = activate(xr[j] * scale[j] + shift[j], act) * gate[j];
    }
}

BW_CLONES
void bw_norm_gate(const bw_norm *norm, const float *x, long rows, int c, const float *gate, float *y) {
    WITH_ACTIVATION(gate_forward, norm, x, rows, c, gate, y);
}

BW_INLINE void gate_backward(const bw_norm *norm, const float *x, const float *dy, long rows, int c,
                             const float *gate, float *y, float *dgate, const int act) {
    const float *restrict scale = norm->scale, *restrict shift = norm->shift;
    OVER_BLOCKS(rows, c) {
        float s[STRIP] = {0};
        for (long r = r0; r < end; r++) {
            const float *restrict xr = x + r * c + c0, *restrict dr = dy + r * c + c0;
            if (y) {
                float *restrict yr = y + r * c + c0;
                for (int j = 0; j < width; j++) {
                    const float value = activate(xr[j] * scale[c0 + j] + shift[c0 + j], act);
                    s[j] += value * dr[j];
                    yr[j] = value * gate[c0 + j];
                }
            } else {
                for (int j = 0; j < width; j++)
                    s[j] += activate(xr[j] * scale[c0 + j] + shift[c0 + j], act) * dr[j];
            }
        }
        for (int j = 0; j < width; j++) dgate[c0 + j] += s[j];
    }
}

BW_CLONES
void bw_norm_gate_backward(const bw_norm *norm, const float *x, const float *dy, long rows, int c,
                           const float *gate, float *y, float *dgate) {
    WITH_ACTIVATION(gate_backward, norm, x, dy, rows, c, gate, y, dgate);
}

BW_INLINE void gate_sums(const bw_norm *norm, const float *x, float *d, long rows, int c,
                         const float *gate, const float *dpool, double *sum, double *sum_x,
                         const int act) {
    const float *restrict scale = norm->scale, *restrict shift = norm->shift;
    const float *restrict mean = norm->mean, *restrict invstd = norm->invstd;
    OVER_BLOCKS(rows, c) {
        float s[STRIP] = {0}, q[STRIP] = {0};
        for (long r = r0; r < end; r++) {
            const float *restrict xr = x + r * c + c0;
            float *restrict dr = d + r * c + c0;
            for (int j = 0; j < width; j++) {
                float slope;
                activate_both(xr[j] * scale[c0 + j] + shift[c0 + j], act, &slope);
                const float dz = (dr[j] * gate[c0 + j] + dpool[c0 + j]) * slope;
                dr[j] = dz;
                s[j] += dz;
                q[j] += dz * (xr[j] - mean[c0 + j]);
            }
        }
        for (int j = 0; j < width; j++) {
            sum[c0 + j] += s[j];
            sum_x[c0 + j] += q[j] * invstd[c0 + j];
        }
    }
}

BW_CLONES
void bw_norm_gate_sums(const bw_norm *norm, const float *x, float *d, long rows, int c,
                       const float *gate, const float *dpool, double *sum, double *sum_x) {
    WITH_ACTIVATION(gate_sums, norm, x, d, rows, c, gate, dpool, sum, sum_x);
}

BW_INLINE void apply_rows(const float *x, const float *dz, long rows, int c, const float *restrict a,
                          const float *restrict b, const float *restrict d, float *dx) {
    for (long r = 0; r < rows; r++) {
        const float *xr = x + r * c, *zr = dz + r * c;
        float *to = dx + r * c;
        // In place or elsewhere, no number depends on another.
#pragma clang loop vectorize(assume_safety)
        for (int j = 0; j < c; j++) to[j] = a[j] * zr[j] + b[j] * xr[j] + d[j];
    }
}

BW_CLONES
void bw_norm_apply(const float *x, const float *dz, long rows, int c, const float *a, const float *b,
                   const float *d, float *dx) {
    apply_rows(x, dz, rows, c, a, b, d, dx);
}

BW_CLONES
void bw_norm_residual(const float *x, long rows, int c, const float *scale, const float *shift,
                      float factor, const float *residual, float *y) {
    for (long r = 0; r < rows; r++) {
        const float *xr = x + r * c;
        float *yr = y + r * c;
        if (residual) {
            const float *rr = residual + r * c;
            for (int j = 0; j < c; j++) yr[j] = factor * (xr[j] * scale[j] + shift[j]) + rr[j];
        } else {
            for (int j = 0; j < c; j++) yr[j] = factor * (xr[j] * scale[j] + shift[j]);
        }
    }
}

BW_CLONES
void bw_norm_residual_sums(const float *x, const float *dy, long rows, int c, const float *mean,
                           const float *invstd, float factor, double *sum, double *sum_x) {
    OVER_BLOCKS(rows, c) {
        float s[STRIP] = {0}, q[STRIP] = {0};
        for (long r = r0; r < end; r++) {
            const float *restrict xr = x + r * c + c0, *restrict dr = dy + r * c + c0;
            for (int j = 0; j < width; j++) {
                s[j] += dr[j];
                q[j] += dr[j] * (xr[j] - mean[c0 + j]);
            }
        }
        for (int j = 0; j < width; j++) {
            sum[c0 + j] += factor * s[j];
            sum_x[c0 + j] += factor * q[j] * invstd[c0 + j];
        }
    }
}

// A ring of k lines of the wider map, a line, and the sums of a line.
long bw_block_scratch(const bw_depthwise_shape *s) {
    const long widest = s->w > s->wo ? s->w : s->wo;
    return (widest * (s->k + 1) + 2) * s->c;
}

BW_INLINE void activate_line(const bw_norm *norm, const float *restrict x, float *restrict y, int w,
                             int c, const int act) {
    const float *restrict scale = norm->scale, *restrict shift = norm->shift;
    for (int p = 0; p < w; p++) {
        const float *restrict xr = x + (long)p * c;
        float *restrict yr = y + (long)p * c;
        for (int j = 0; j < c; j++) yr[j] = activate(xr[j] * scale[j] + shift[j], act);
    }
}

BW_INLINE void add_to_double(const float *from, int c, double *to) {
    for (int j = 0; j < c; j++) to[j] += from[j];
}

BW_INLINE void block_forward(const bw_depthwise_shape *s, const bw_norm *norm, const float *x,
                             const float *weight, float *y, int first, int last, double *sum,
                             double *square, float *scratch, const int k, const int stride) {
    const long line = (long)s->w * s->c;
    float *line_sum = scratch + line * k, *line_square = line_sum + s->c;
    int done = 0;  // input lines below are in the ring, or no longer needed
    for (int oy = first; oy < last; oy++) {
        const float *rows[5];
        const int top = oy * stride - s->pad_top;
        if (done < top) done = top;
        for (; done < top + k && done < s->h; done++)
            WITH_ACTIVATION(activate_line, norm, x + done * line, scratch + done % k * line, s->w, s->c);
        for (int ky = 0; ky < k; ky++) {
            const int iy = top + ky;
            rows[ky] = iy < 0 || iy >= s->h ? 0 : scratch + iy % k * line;
        }
        memset(line_sum, 0, sizeof(float) * 2 * s->c);
        OVER_CHANNELS(line, s, rows, weight, y + (long)oy * s->wo * s->c, line_sum, line_square, c0, k,
                      stride);
        add_to_double(line_sum, s->c, sum);
        add_to_double(line_square, s->c, square);
    }
}

BW_CLONES
void bw_block_depthwise(const bw_depthwise_shape *s, const bw_norm *norm, const float *x,
                        const float *weight, float *y, int first, int last, double *sum,
                        double *square, float *scratch) {
    if (s->k == 3 && s->stride == 1)
        block_forward(s, norm, x, weight, y, first, last, sum, square, scratch, 3, 1);
    else if (s->k == 3)
        block_forward(s, norm, x, weight, y, first, last, sum, square, scratch, 3, 2);
    else if (s->stride == 1)
        block_forward(s, norm, x, weight, y, first, last, sum, square, scratch, 5, 1);
    else block_forward(s, norm, x, weight, y, first, last, sum, square, scratch, 5, 2);
}

// One line: dx, holding dL/dact(z), becomes dL/dz; act(z) goes to `value`.
BW_INLINE void line_backward(const bw_norm *norm, const float *restrict x, float *restrict dx,
                             float *restrict value, int w, int c, float *restrict sum,
                             float *restrict sum_x, const int act) {
    const float *restrict scale = norm->scale, *restrict shift = norm->shift;
    const float *restrict mean = norm->mean;
    for (int p = 0; p < w; p++) {
        const float *restrict xr = x + (long)p * c;
        float *restrict dr = dx + (long)p * c, *restrict yr = value + (long)p * c;
        for (int j = 0; j < c; j++) {
            float slope;
            yr[j] = activate_both(xr[j] * scale[j] + shift[j], act, &slope);
            const float dz = dr[j] * slope;
            dr[j] = dz;
            sum[j] += dz;
            sum_x[j] += dz * (xr[j] - mean[j]);
        }
    }
}

BW_INLINE void block_backward(const bw_depthwise_shape *s, const bw_norm *norm, const float *x,
                              const float *y, const float *dz, const float *a, const float *b,
                              const float *d, const float *flipped, float *dx, float *dweight,
                              int first, int last, double *sum, double *sum_x, float *scratch,
                              const int k, const int stride) {
    const int c = s->c;
    const long line = (long)s->w * c, out_line = (long)s->wo * c;
    float *ring = scratch, *value = scratch + k * (line > out_line ? line : out_line);
    float *line_sum = value + line, *line_sum_x = line_sum + c;
    const bw_depthwise_shape t = turned(s);
    int done = 0;  // output lines below are in the ring, or no longer needed
    for (int iy = first; iy < last; iy++) {
        const float *readers[5], *rows[5];
        // The first and the last output line that read this one.
        int low = s->ho, high = -1;
        for (int ky = 0; ky < k; ky++) {
            const int oy = reader_of(s, iy, ky);
            if (oy >= 0 && oy < low) low = oy;
            if (oy > high) high = oy;
        }
        if (high >= 0 && done < low) done = low;
        for (; done <= high; done++)
            apply_rows(y + done * out_line, dz + done * out_line, s->wo, c, a, b, d,
                       ring + done % k * out_line);
        for (int ky = 0; ky < k; ky++) {
            const int oy = reader_of(s, iy, ky);
            readers[ky] = oy < 0 ? 0 : ring + oy % k * out_line;
        }
        float *to = dx + iy * line;
        if (stride == 1) {
            for (int ky = 0; ky < k; ky++) rows[ky] = readers[k - 1 - ky];
            OVER_CHANNELS(line, &t, rows, flipped, to, 0, 0, c0, k, 1);
        } else {
            OVER_CHANNELS(input_line, s, readers, flipped, to, c0, k);
        }
        memset(line_sum, 0, sizeof(float) * 2 * c);
        WITH_ACTIVATION(line_backward, norm, x + iy * line, to, value, s->w, c, line_sum, line_sum_x);
        add_to_double(line_sum, c, sum);
        for (int j = 0; j < c; j++) sum_x[j] += line_sum_x[j] * norm->invstd[j];
        for (int ky = 0; ky < k; ky++)
            if (readers[ky])
                OVER_CHANNELS(weight_line, s, value, readers[ky], dweight + (long)ky * k * c, c0, k,
                              stride);
    }
}

BW_CLONES
void bw_block_depthwise_backward(const bw_depthwise_shape *s, const bw_norm *norm, const float *x,
                                 const float *y, const float *dz, const float *a, const float *b,
                                 const float *d, const float *flipped, float *dx, float *dweight,
                                 int first, int last, double *sum, double *sum_x, float *scratch) {
#define CALL(K, STRIDE)                                                                             \
    block_backward(s, norm, x, y, dz, a, b, d, flipped, dx, dweight, first, last, sum, sum_x, scratch, \
                   K, STRIDE)
    if (s->k == 3 && s->stride == 1) CALL(3, 1);
    else if (s->k == 3) CALL(3, 2);
    else if (s->stride == 1) CALL(5, 1);
    else CALL(5, 2);
#undef CALL
}
