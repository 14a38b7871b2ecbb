// gemm_vs_onednn.c — the own matrix products against oneDNN's over EfficientNet-B4's pointwise
// convolutions at 256×256, batch 8, one thread. It decides whether a build with oneDNN would pay.
//
//   apt-get install libdnnl-dev
//   clang -O3 -ISources/CKernels/include benchmarks/gemm_vs_onednn.c Sources/CKernels/nn_gemm*.c -ldnnl -lm -o /tmp/gemm
//   OMP_NUM_THREADS=1 /tmp/gemm
//
// Times are the thread's own (CPU time), the best of ROUNDS, alternating; the own product's include packing.
#include "CKernels.h"

#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 7, BATCH = 8 };

// Pixels a side, channels in and out, layers.
static const struct {
    int size, k, n, layers;
} shapes[] = {
    {128, 48, 24, 1},  {128, 24, 24, 1},  {128, 24, 144, 1}, {64, 144, 32, 1},  {64, 32, 192, 4},
    {64, 192, 32, 3},  {32, 192, 56, 1},  {32, 56, 336, 4},  {32, 336, 56, 3},  {16, 336, 112, 1},
    {16, 112, 672, 6}, {16, 672, 112, 5}, {16, 672, 160, 1}, {16, 160, 960, 6}, {16, 960, 160, 5},
    {8, 960, 272, 1},  {8, 272, 1632, 8}, {8, 1632, 272, 7}, {8, 1632, 448, 1}, {8, 448, 2688, 1},
    {8, 2688, 448, 1}, {8, 448, 1792, 1},
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(long count) {
    float *x = aligned_alloc(64, (4 * (size_t)count + 63) / 64 * 64);
    for (long i = 0; i < count; i++) x[i] = (float)(i % 97) * 0.01f - 0.5f;
    return x;
}

#define TIME(best, work)                        \
    do {                                        \
        double start = now();                   \
        work;                                   \
        double seconds = now() - start;         \
        if (seconds < (best)) (best) = seconds; \
    } while (0)

int main(void) {
    static const char *const names[] = {"forward", "input gradient", "weight gradient"};
    double total[3][2] = {{0}}, flops = 0;
    for (unsigned i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int m = BATCH * shapes[i].size * shapes[i].size, k = shapes[i].k, n = shapes[i].n;
        const long packed_n = bw_gemm_packed_count(0, n, k), packed_k = bw_gemm_packed_count(0, k, n);
        float *x = numbers((long)m * k), *y = numbers((long)m * n), *w = numbers((long)n * k);
        float *gradient = numbers((long)n * k), *packed = numbers(packed_n > packed_k ? packed_n : packed_k);
        double best[3][2] = {{1e9, 1e9}, {1e9, 1e9}, {1e9, 1e9}};
        for (int round = 0; round < ROUNDS; round++) {
            TIME(best[0][0], bw_gemm_pack(0, w, k, 1, n, k, packed, 0, 1);
                 bw_gemm_packed(0, m, n, k, x, k, packed, 0, y, n, 0));
            TIME(best[0][1], dnnl_sgemm('N', 'T', m, n, k, 1, x, k, w, k, 0, y, n));
            TIME(best[1][0], bw_gemm_pack(0, w, k, 0, k, n, packed, 0, 1);
                 bw_gemm_packed(0, m, k, n, y, n, packed, 0, x, k, 0));
            TIME(best[1][1], dnnl_sgemm('N', 'N', m, k, n, 1, y, n, w, k, 0, x, k));
            TIME(best[2][0], bw_gemm_tn(0, n, k, m, y, n, x, k, 0, gradient, k));
            TIME(best[2][1], dnnl_sgemm('T', 'N', n, k, m, 1, y, n, x, k, 0, gradient, k));
        }
        for (int product = 0; product < 3; product++)
            for (int who = 0; who < 2; who++) total[product][who] += best[product][who] * shapes[i].layers;
        flops += 2.0 * m * n * k * shapes[i].layers;
        free(x), free(y), free(w), free(gradient), free(packed);
    }
    for (int product = 0; product < 3; product++)
        printf("%-16s own %.1f, oneDNN %.1f GFLOP/s\n", names[product], flops / total[product][0] / 1e9,
               flops / total[product][1] / 1e9);
    return 0;
}
