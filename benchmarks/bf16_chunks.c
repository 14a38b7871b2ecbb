// bf16_chunks.c — which layers gain by bfloat16 products? The six products of an inverted bottleneck at
// EfficientNet-B4's widths, on as many rows as training has in the cache at a time, in float32 and in bfloat16 by
// this processor; rounding included. Best of 300.
//
//   clang -O2 -ISources/CKernels/include benchmarks/bf16_chunks.c Sources/CKernels/nn_gemm*.c -lm -o /tmp/chunks && /tmp/chunks
#include "CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float *numbers(long count) {
    static unsigned state = 1;
    float *x = aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
    for (long i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) / (1 << 23) - 1;
    }
    return x;
}

#define MEASURE(product, call)                                                                      \
    do {                                                                                            \
        const double start = seconds();                                                             \
        for (int i = 0; i < 4; i++) call;                                                           \
        const double time = (seconds() - start) / 4;                                                \
        if (time < best[product][kind]) best[product][kind] = time;                                 \
    } while (0)

int main(void) {
    static const int shapes[][2] = {{24, 24},  {24, 48},   {24, 144},  {32, 144},  {32, 192},  {56, 192},
                                    {56, 336}, {112, 336}, {112, 672}, {160, 960}, {272, 1632}};
    if (!bw_gemm_has_bf16()) return printf("this processor has no units for bfloat16 products\n"), 1;
    printf("%s against %s, µs\n", bw_gemm_name(BW_PRODUCTS_BF16), bw_gemm_name(BW_PRODUCTS_FLOAT32));
    printf("narrow wide   to narrow              to wide                weight, narrow × wide  weight, wide × narrow  all\n");
    for (unsigned s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        const long narrow = shapes[s][0], wide = shapes[s][1];
        // As MBConv.chunkRows.
        long rows = 65536 / wide / 24 * 24;
        rows = rows < 24 ? 24 : rows > 96 ? 96 : rows;
        float *x = numbers(rows * wide), *y = numbers(rows * narrow), *x2 = numbers(rows * wide);
        float *y2 = numbers(rows * narrow), *weight = numbers(wide * narrow), *gradient = numbers(wide * narrow);
        double best[4][2], all[2] = {0, 0};
        for (int i = 0; i < 8; i++) best[i / 2][i % 2] = 1;
        for (int kind = 0; kind < 2; kind++) {
            float *p = numbers(bw_gemm_packed_count(kind, narrow, wide));
            float *q = numbers(bw_gemm_packed_count(kind, wide, narrow));
            bw_gemm_pack(kind, weight, narrow, 0, narrow, wide, p, 0, 1);
            bw_gemm_pack(kind, weight, wide, 0, wide, narrow, q, 0, 1);
            for (int round = 0; round < 300; round++) {
                MEASURE(0, bw_gemm_packed(kind, rows, narrow, wide, x, wide, p, 0, y, narrow, 0));
                MEASURE(1, bw_gemm_packed(kind, rows, wide, narrow, y, narrow, q, 0, x2, wide, 0));
                MEASURE(2, bw_gemm_tn(kind, narrow, wide, rows, y2, narrow, x, wide, 1, gradient, wide));
                MEASURE(3, bw_gemm_tn(kind, wide, narrow, rows, x, wide, y2, narrow, 1, gradient, narrow));
            }
            free(p), free(q);
        }
        printf("%6ld %4ld", narrow, wide);
        for (int i = 0; i < 4; i++) {
            printf("   %5.1f %5.1f %5.2f×", best[i][0] * 1e6, best[i][1] * 1e6, best[i][0] / best[i][1]);
            for (int kind = 0; kind < 2; kind++) all[kind] += best[i][kind];
        }
        printf("   %.2f×\n", all[0] / all[1]);
        free(x), free(y), free(x2), free(y2), free(weight), free(gradient);
    }
}
