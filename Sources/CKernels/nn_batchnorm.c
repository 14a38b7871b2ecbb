// nn_batchnorm.c — batch norm fused with the activation behind it: two passes each way.
//
// Sums are kept in float over blocks of 32 rows and in double beyond: as fast as float, and the
// rounding does not grow with the batch.

#include "nn_batchnorm.h"
#include "nn_math.h"

enum { BLOCK = 32, STRIP = 64 };

BW_CLONES
void bw_bn_sums(const float *x, long rows, int c, double *sum, double *square) {
    for (int c0 = 0; c0 < c; c0 += STRIP) {
        int width = c - c0 < STRIP ? c - c0 : STRIP;
        for (long r0 = 0; r0 < rows; r0 += BLOCK) {
            long end = r0 + BLOCK < rows ? r0 + BLOCK : rows;
            float s[STRIP] = {0}, q[STRIP] = {0};
            if (width == STRIP) {
                for (long r = r0; r < end; r++) {
                    const float *row = x + r * c + c0;
                    for (int j = 0; j < STRIP; j++) {
                        s[j] += row[j];
                        q[j] += row[j] * row[j];
                    }
                }
            } else {
                for (long r = r0; r < end; r++) {
                    const float *row = x + r * c + c0;
                    for (int j = 0; j < width; j++) {
                        s[j] += row[j];
                        q[j] += row[j] * row[j];
                    }
                }
            }
            for (int j = 0; j < width; j++) {
                sum[c0 + j] += s[j];
                square[c0 + j] += q[j];
            }
        }
    }
}

BW_CLONES
void bw_bn_forward(const float *x, float *y, long rows, int c, const float *scale,
                   const float *shift, int activation) {
    for (long r = 0; r < rows; r++) {
        const float *xr = x + r * c;
        float *yr = y + r * c;
        if (activation == BW_ACT_SILU) {
            for (int j = 0; j < c; j++) {
                float z = xr[j] * scale[j] + shift[j];
                yr[j] = z * bw_silu_sigmoid(z);
            }
        } else if (activation == BW_ACT_RELU) {
            for (int j = 0; j < c; j++) {
                float z = xr[j] * scale[j] + shift[j];
                yr[j] = z < 0 ? 0 : z;  // so written that NaN stays and is seen
            }
        } else {
            for (int j = 0; j < c; j++) yr[j] = xr[j] * scale[j] + shift[j];
        }
    }
}

// dL/dz of one element.
BW_INLINE float dz_of(float dy, float z, int activation) {
    if (activation == BW_ACT_SILU) {
        float s = bw_silu_sigmoid(z);
        return dy * (s + z * s * (1.0f - s));
    }
    if (activation == BW_ACT_RELU) return z <= 0 ? 0 : dy;
    return dy;
}

BW_INLINE void backward_sums(const float *x, float *dy, long rows, int c, const float *scale,
                             const float *shift, const float *mean, const float *invstd,
                             const int activation, double *sum_dz, double *sum_dzx) {
    for (int c0 = 0; c0 < c; c0 += STRIP) {
        int width = c - c0 < STRIP ? c - c0 : STRIP;
        for (long r0 = 0; r0 < rows; r0 += BLOCK) {
            long end = r0 + BLOCK < rows ? r0 + BLOCK : rows;
            float s[STRIP] = {0}, q[STRIP] = {0};
            for (long r = r0; r < end; r++) {
                const float *xr = x + r * c + c0;
                float *dr = dy + r * c + c0;
                for (int j = 0; j < width; j++) {
                    float z = xr[j] * scale[c0 + j] + shift[c0 + j];
                    float dz = dz_of(dr[j], z, activation);
                    dr[j] = dz;
                    s[j] += dz;
                    q[j] += dz * ((xr[j] - mean[c0 + j]) * invstd[c0 + j]);
                }
            }
            for (int j = 0; j < width; j++) {
                sum_dz[c0 + j] += s[j];
                sum_dzx[c0 + j] += q[j];
            }
        }
    }
}

BW_CLONES
void bw_bn_backward_sums(const float *x, float *dy, long rows, int c, const float *scale,
                         const float *shift, const float *mean, const float *invstd,
                         int activation, double *sum_dz, double *sum_dzx) {
    // Called with constants, so that the choice of activation leaves the inner loop.
    if (activation == BW_ACT_SILU)
        backward_sums(x, dy, rows, c, scale, shift, mean, invstd, BW_ACT_SILU, sum_dz, sum_dzx);
    else if (activation == BW_ACT_RELU)
        backward_sums(x, dy, rows, c, scale, shift, mean, invstd, BW_ACT_RELU, sum_dz, sum_dzx);
    else
        backward_sums(x, dy, rows, c, scale, shift, mean, invstd, BW_ACT_NONE, sum_dz, sum_dzx);
}

BW_CLONES
void bw_bn_backward_apply(const float *x, float *dz, long rows, int c, const float *a,
                          const float *b, const float *d) {
    for (long r = 0; r < rows; r++) {
        const float *xr = x + r * c;
        float *dr = dz + r * c;
        for (int j = 0; j < c; j++) dr[j] = a[j] * dr[j] + b[j] * xr[j] + d[j];
    }
}
