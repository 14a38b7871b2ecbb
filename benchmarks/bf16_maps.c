// bf16_maps.c — would it pay to keep the wide maps of EfficientNet-B4 in bfloat16 between forward and backward?
// Times the two passes of nn_block.c that bound the answer, over maps in float32 and in bfloat16: the one
// that only reads a kept map (pooling), and the heaviest one that reads it beside another (gradient's sums).
//
//   clang -O3 -march=native -pthread -ISources/CKernels/include -ISources/CKernels benchmarks/bf16_maps.c -lm -o /tmp/maps
//   /tmp/maps [THREADS]
//
// 256×256, batch 8; rounds of both alternate, medians count. Only the maps' passes are here: a product that
// writes bfloat16, or reads it, would cost more than one in float32, not less.
#include "nn_math.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 15, BATCH = 8, BLOCK = 32, STRIP = 256, MOST = 16 };

// The outputs of the depthwise convolutions: pixels a side, channels, layers.
static const struct { int size, c, layers; } maps[] = {
    {128, 48, 1}, {128, 24, 1}, {64, 144, 1}, {64, 192, 3}, {32, 192, 1}, {32, 336, 3},
    {16, 336, 1}, {16, 672, 5}, {16, 672, 1}, {16, 960, 5}, {8, 960, 1}, {8, 1632, 7}, {8, 1632, 1}, {8, 2688, 1},
};

static inline float from_float(float x) { return x; }
static inline float from_bf16(uint16_t x) {
    const uint32_t bits = (uint32_t)x << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

#define DEFINE_PASSES(T, LOAD)                                                                     \
    static void pool_##T(const T *x, long rows, int c, const float *scale, const float *shift, float *sum) { \
        for (long r0 = 0; r0 < rows; r0 += BLOCK)                                                   \
            for (int c0 = 0; c0 < c; c0 += STRIP) {                                                 \
                const int width = c - c0 < STRIP ? c - c0 : STRIP;                                  \
                float s[STRIP] = {0};                                                               \
                for (long r = r0; r < r0 + BLOCK && r < rows; r++)                                  \
                    for (int j = 0; j < width; j++) {                                               \
                        const float z = LOAD(x[r * c + c0 + j]) * scale[c0 + j] + shift[c0 + j];    \
                        s[j] += z * bw_sigmoid(z);                                                  \
                    }                                                                               \
                for (int j = 0; j < width; j++) sum[c0 + j] += s[j];                                \
            }                                                                                       \
    }                                                                                               \
    static void sums_##T(const T *x, float *d, long rows, int c, const float *scale, const float *shift, float *sum) { \
        for (long r0 = 0; r0 < rows; r0 += BLOCK)                                                   \
            for (int c0 = 0; c0 < c; c0 += STRIP) {                                                 \
                const int width = c - c0 < STRIP ? c - c0 : STRIP;                                  \
                float s[STRIP] = {0}, q[STRIP] = {0};                                               \
                for (long r = r0; r < r0 + BLOCK && r < rows; r++) {                                \
                    const T *xr = x + r * c + c0;                                                   \
                    float *restrict dr = d + r * c + c0;                                            \
                    for (int j = 0; j < width; j++) {                                               \
                        const float value = LOAD(xr[j]), z = value * scale[c0 + j] + shift[c0 + j]; \
                        const float g = bw_sigmoid(z), dz = dr[j] * (g + z * g * (1 - g));          \
                        dr[j] = dz;                                                                 \
                        s[j] += dz;                                                                 \
                        q[j] += dz * value;                                                         \
                    }                                                                               \
                }                                                                                   \
                for (int j = 0; j < width; j++) sum[c0 + j] += s[j] + q[j];                         \
            }                                                                                       \
    }

DEFINE_PASSES(float, from_float)
DEFINE_PASSES(uint16_t, from_bf16)

typedef struct {
    int pass;  // 0 pooling, 1 gradient's sums
    int half;  // bfloat16
    int c, index, threads;
    long rows;
    void *x;
    float *d, *scale, *shift;
} work;

static void *run(void *argument) {
    const work *w = argument;
    const long from = w->rows * w->index / w->threads, rows = w->rows * (w->index + 1) / w->threads - from;
    float *sum = calloc((size_t)w->c, 4);
    const float *xf = (const float *)w->x + from * w->c;
    const uint16_t *xh = (const uint16_t *)w->x + from * w->c;
    float *d = w->d + from * w->c;
    if (w->pass == 0 && !w->half) pool_float(xf, rows, w->c, w->scale, w->shift, sum);
    if (w->pass == 0 && w->half) pool_uint16_t(xh, rows, w->c, w->scale, w->shift, sum);
    if (w->pass == 1 && !w->half) sums_float(xf, d, rows, w->c, w->scale, w->shift, sum);
    if (w->pass == 1 && w->half) sums_uint16_t(xh, d, rows, w->c, w->scale, w->shift, sum);
    free(sum);
    return 0;
}

static double seconds(work w) {
    struct timespec a, b;
    pthread_t thread[MOST];
    work part[MOST];
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < w.threads; i++) {
        part[i] = w;
        part[i].index = i;
        pthread_create(&thread[i], 0, run, &part[i]);
    }
    for (int i = 0; i < w.threads; i++) pthread_join(thread[i], 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    const int threads = argc > 1 ? atoi(argv[1]) : 2;
    if (threads < 1 || threads > MOST) return fprintf(stderr, "1 to %d threads\n", MOST), 64;
    // One set of maps for all layers, larger than the caches together: each pass finds its map in memory
    // where it would in a step.
    const long most = (long)BATCH * 128 * 128 * 48;
    enum { COPIES = 4 };
    float *x[COPIES], *d = malloc(4 * (size_t)most), *scale = malloc(4 * 4096), *shift = malloc(4 * 4096);
    uint16_t *h[COPIES];
    for (int copy = 0; copy < COPIES; copy++) {
        x[copy] = malloc(4 * (size_t)most);
        h[copy] = malloc(2 * (size_t)most);
        for (long i = 0; i < most; i++) {
            x[copy][i] = (float)(i % 97) * 0.04f - 2;
            memcpy(&h[copy][i], (char *)&x[copy][i] + 2, 2);
        }
    }
    for (long i = 0; i < most; i++) d[i] = 0.5f;
    for (int i = 0; i < 4096; i++) scale[i] = 1, shift[i] = 0.1f;
    const char *names[] = {"pooling", "gradient's sums"};
    for (int pass = 0; pass < 2; pass++) {
        double total[2] = {0};
        for (unsigned m = 0; m < sizeof maps / sizeof *maps; m++) {
            double time[2][ROUNDS];
            for (int round = 0; round < ROUNDS; round++)
                for (int half = 0; half < 2; half++) {
                    const long rows = (long)BATCH * maps[m].size * maps[m].size;
                    void *map = half ? (void *)h[round % COPIES] : (void *)x[round % COPIES];
                    time[half][round] = seconds((work){pass, half, maps[m].c, 0, threads, rows, map, d, scale, shift});
                }
            for (int half = 0; half < 2; half++) {
                qsort(time[half], ROUNDS, sizeof(double), ascending);
                total[half] += time[half][ROUNDS / 2] * maps[m].layers;
            }
        }
        printf("%s, all layers, %d threads: float32 %.1f ms, bfloat16 %.1f ms, %.2f times as fast\n", names[pass],
               threads, 1e3 * total[0], 1e3 * total[1], total[0] / total[1]);
    }
    return 0;
}
