// blend_isa.c — runs the blend kernels on random input and prints a hash of all that they make.
// benchmarks/blend_isa.sh compiles it for several instruction sets.

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static uint64_t hash = 1469598103934665603u;
static void add(const void *bytes, size_t count) {  // FNV-1a
    for (size_t i = 0; i < count; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
}

static uint32_t state = 1;
static uint32_t draw(void) { return (state = state * 1664525u + 1013904223u) >> 8; }

static void *room(size_t bytes) { return calloc(bytes + 256, 1); }

static struct bw_taps taps(size_t n) {
    return (struct bw_taps){room(4 * n), room(4 * n), room(4 * n), room(4 * n), room(4 * n), 0};
}

static void masks(float *mask, size_t w, size_t h, float *other, float *third) {
    float *nx = room(4 * w * h), *ny = room(4 * w * h);
    bw_displacement_noise_f32(nx, ny, w * h, draw() * UINT64_C(7919), 5u << 24);
    add(nx, 4 * w * h);
    add(ny, 4 * w * h);
    const struct bw_box whole = {0, 0, (ptrdiff_t)w, (ptrdiff_t)h};
    for (size_t step = 1; step <= 4; step *= 2) {
        const double sigma = 1.75 * (double)step + 0.1;
        float weights[64];
        for (int k = 0; k < 64; k++) weights[k] = (float)(exp(-0.5 * k * k / (sigma * sigma)) / sigma / 2.5066);
        const size_t radius = (size_t)(4 * sigma + 0.5);
        const struct bw_smoothing smoothing = {step, weights, radius};
        struct bw_box box = whole;
        bw_elastic_f32(
            other, mask, nx, ny, step == 2 ? 900 : 30, smoothing, w, h, &box,
            room(4 * bw_elastic_scratch(w, h, smoothing)));
        add(other, 4 * w * h);
        box = whole;
        bw_filter_symmetric_f32(third, other, w, h, weights, radius, &box, room(4 * bw_filter_scratch(w, h, radius)));
        add(third, 4 * w * h);
        bw_solid_inside_f32(third, mask, 1, w, h, 4, whole, room(bw_solid_scratch(w, h, 4)));
        add(third, 4 * w * h);
    }
}

int main(void) {
    for (int round = 0; round < 20; round++) {
        const size_t w = 40 + draw() % 230, h = 40 + draw() % 230, n = w * h;
        float *mask = room(4 * n), *other = room(4 * n), *third = room(4 * n), *line = room(4 * (11 * w + 64));
        uint8_t *p = room(3 * n), *q = room(3 * n), *r = room(3 * n);
        for (size_t i = 0; i < 3 * n; i++) p[i] = (uint8_t)draw(), q[i] = (uint8_t)draw();
        int32_t corners[12];
        for (int i = 0; i < 6; i++) {  // a hexagon by integers, whatever the library's cosine
            static const int x[] = {3, 2, -2, -3, -2, 2}, y[] = {0, 3, 3, 0, -3, -3};
            corners[2 * i] = (int32_t)w / 2 + x[i] * (int32_t)w / 8;
            corners[2 * i + 1] = (int32_t)h / 2 + y[i] * (int32_t)h / 8;
        }
        bw_fill_convex_smooth_f32(mask, w, h, corners, 6, room(16 * h));
        add(mask, 4 * n);
        masks(mask, w, h, other, third);
        struct bw_taps x3 = taps(3 * w), x1 = taps(w), y1 = taps(h);
        const double half = (double)w / 2;
        bw_make_taps(&x3, w, w, 3, -half, 0.97, half + 1.3, 0);
        bw_make_taps(&x1, w, w, 1, 0.5, 1.1, -0.6, 1);
        bw_make_taps(&y1, h, h, 1, -half, 1.03, half - 2.3, 0);
        bw_resample_u8(r, p, 3 * w, h, 3 * w, x3, y1, (struct bw_box){0, 0, 3 * (ptrdiff_t)w, (ptrdiff_t)h}, line);
        add(r, 3 * n);
        struct bw_box box = {0, 0, (ptrdiff_t)w, (ptrdiff_t)h};
        bw_resample_f32(third, other, w, h, w, x1, y1, &box, line);
        add(third, 4 * n);
        const struct bw_recoloring change = {1, {3.3f, -4, 5.1f}, 1, {0.2f, 0.3f, -0.2f}, 1, 1.13f, -3.7f};
        bw_recolor_rgb8(r, p, n, &change);
        add(r, 3 * n);
        bw_blend_rgb8(r, p, q, other, n);
        add(r, 3 * n);
        bw_mirror_rgb8(r, p, w, h);
        add(r, 3 * n);
        bw_coarsen_rgb8(r, p, w / 16 * 16, h / 16 * 16, 4, line);
        add(r, 3 * (w / 16 * 16) * (h / 16 * 16));
        bw_sharpen_rgb8(r, p, w, h, 3.1f, -0.3f, room(6 * w + 64));
        add(r, 3 * n);
        bw_linear_rgb8(r, p, n, (float[]){1.1f, 0.9f, 1.3f}, (float[]){3, -2, 0.7f});
        add(r, 3 * n);
    }
    printf("%016" PRIx64 "\n", hash);
}
