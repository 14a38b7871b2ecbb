#include "nn_squeeze.h"
#include "bw_dispatch.h"

enum { STRIP = 64 };

BW_CLONES
void bw_pool_forward(const float *x, float *mean, int pixels, int c) {
    float inverse = 1.0f / (float)pixels;
    for (int c0 = 0; c0 < c; c0 += STRIP) {
        int width = c - c0 < STRIP ? c - c0 : STRIP;
        float s[STRIP] = {0};
        for (int p = 0; p < pixels; p++) {
            const float *row = x + (long)p * c + c0;
            for (int j = 0; j < width; j++) s[j] += row[j];
        }
        for (int j = 0; j < width; j++) mean[c0 + j] = s[j] * inverse;
    }
}

BW_CLONES
void bw_pool_backward(const float *dmean, float *dx, int pixels, int c) {
    float inverse = 1.0f / (float)pixels;
    for (int p = 0; p < pixels; p++) {
        float *row = dx + (long)p * c;
        for (int j = 0; j < c; j++) row[j] += dmean[j] * inverse;
    }
}

BW_CLONES
void bw_channel_scale(const float *x, const float *scale, float *y, int pixels, int c) {
    for (int p = 0; p < pixels; p++) {
        const float *xr = x + (long)p * c;
        float *yr = y + (long)p * c;
        for (int j = 0; j < c; j++) yr[j] = xr[j] * scale[j];
    }
}

BW_CLONES
void bw_channel_scale_gradient(const float *x, const float *dy, float *dscale, int pixels, int c) {
    for (int c0 = 0; c0 < c; c0 += STRIP) {
        int width = c - c0 < STRIP ? c - c0 : STRIP;
        float s[STRIP] = {0};
        for (int p = 0; p < pixels; p++) {
            const float *xr = x + (long)p * c + c0;
            const float *dr = dy + (long)p * c + c0;
            for (int j = 0; j < width; j++) s[j] += xr[j] * dr[j];
        }
        for (int j = 0; j < width; j++) dscale[c0 + j] = s[j];
    }
}

BW_CLONES
void bw_channel_scale_backward(float *dy, const float *scale, const float *offset, int pixels,
                               int c) {
    for (int p = 0; p < pixels; p++) {
        float *row = dy + (long)p * c;
        for (int j = 0; j < c; j++) row[j] = row[j] * scale[j] + offset[j];
    }
}
