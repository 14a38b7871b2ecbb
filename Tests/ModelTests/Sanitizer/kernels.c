// kernels.c — the network's kernels against plain loops over odd sizes, for a build under the address and
// undefined-behaviour sanitizers: every buffer is a block of the heap of exactly its size, so a number
// read or written one beyond the last row, column or channel ends the program. SanitizerTests compile
// and run it, once for each instruction set.
#include "CKernels.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static uint32_t state = 1;

static float *memory(long count) { return malloc(sizeof(float) * (count > 0 ? count : 1)); }

static float *numbers(long count) {
    float *x = memory(count);
    for (long i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) / (1 << 23) - 1.0f;
    }
    return x;
}

static void expect(const char *name, const float *values, const double *expected, long count, double tolerance) {
    for (long i = 0; i < count; i++)
        if (!(fabs(values[i] - expected[i]) <= tolerance * (1 + fabs(expected[i])))) {
            printf("%s [%ld]: %g for %g\n", name, i, values[i], expected[i]);
            failures++;
            return;
        }
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static int positive(int x) { return x > 0 ? x : 0; }

// MARK: Products

static double factor(int products, float x) {
    if (products == BW_PRODUCTS_FLOAT32 || bw_gemm_name(products) == bw_gemm_name(BW_PRODUCTS_FLOAT32)) return x;
    const uint32_t bits = (uint32_t)bw_bf16_round(x) << 16;
    float rounded;
    memcpy(&rounded, &bits, sizeof rounded);
    return rounded;
}

static void product(int products, int m, int n, int k) {
    float *a = numbers(m * k), *b = numbers(n * k), *c = memory(m * n), *bias = numbers(n);
    float *bt = memory(n * k), *at = memory(m * k), *packed = memory(bw_gemm_packed_count(products, n, k));
    double *plain = malloc(sizeof(double) * (m * n + 1)), *act = malloc(sizeof(double) * (m * n + 1));
    double *sum = calloc(n + 1, sizeof(double)), *square = calloc(n + 1, sizeof(double));
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double s = 0;
            for (int q = 0; q < k; q++) s += factor(products, a[i * k + q]) * factor(products, b[j * k + q]);
            plain[i * n + j] = s;
            act[i * n + j] = (s + bias[j]) * sigmoid(s + bias[j]);
        }
    for (int j = 0; j < n; j++)
        for (int q = 0; q < k; q++) bt[q * n + j] = b[j * k + q];
    for (int i = 0; i < m; i++)
        for (int q = 0; q < k; q++) at[q * m + i] = a[i * k + q];
    bw_gemm_pack(products, b, k, 1, n, k, packed, 0, 1);
    bw_gemm_packed(products, m, n, k, a, k, packed, 0, c, n, 0);
    expect("packed product", c, plain, m * n, 1e-4);
    bw_gemm_pack(products, bt, n, 0, n, k, packed, 0, 2);
    bw_gemm_pack(products, bt, n, 0, n, k, packed, 1, 2);
    bw_gemm_epilogue e = {.bias = bias, .activation = BW_ACT_SILU, .sum = sum, .square = square};
    bw_gemm_packed(products, m, n, k, a, k, packed, 0, c, n, &e);
    expect("product with epilogue", c, act, m * n, 1e-4);
    bw_gemm_nn(products, m, n, k, a, k, bt, n, 0, c, n);
    expect("product", c, plain, m * n, 1e-4);
    bw_gemm_tn(products, m, n, k, at, m, bt, n, 0, c, n);
    expect("transposed product", c, plain, m * n, 1e-4);
    free(a), free(b), free(c), free(bias), free(bt), free(at), free(packed), free(plain), free(act);
    free(sum), free(square);
}

// MARK: Depthwise

static void depthwise(int h, int w, int c, int k, int stride, int pad) {
    const int ho = (h + 2 * pad - k) / stride + 1, wo = (w + 2 * pad - k) / stride + 1;
    if (h + 2 * pad < k || w + 2 * pad < k) return;
    bw_depthwise_shape s = {h, w, c, ho, wo, k, stride, pad, pad};
    const long inputs = (long)h * w * c, outputs = (long)ho * wo * c, taps = (long)k * k * c;
    float *x = numbers(inputs), *weight = numbers(taps), *flipped = memory(taps), *y = memory(outputs);
    float *dy = numbers(outputs), *dx = memory(inputs), *dw = memory(taps), *bias = numbers(c), *sums = memory(c);
    double *py = calloc(outputs, sizeof(double)), *pdx = calloc(inputs, sizeof(double));
    double *pdw = calloc(taps, sizeof(double)), *act = malloc(sizeof(double) * outputs);
    for (long t = 0; t < taps; t++) flipped[t] = weight[(k * k - 1 - t / c) * c + t % c];
    for (int oy = 0; oy < ho; oy++)
        for (int ox = 0; ox < wo; ox++)
            for (int ky = 0; ky < k; ky++)
                for (int kx = 0; kx < k; kx++) {
                    const int iy = oy * stride + ky - pad, ix = ox * stride + kx - pad;
                    if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
                    for (int j = 0; j < c; j++) {
                        const long o = ((long)oy * wo + ox) * c + j, i = ((long)iy * w + ix) * c + j;
                        const long t = (long)(ky * k + kx) * c + j;
                        py[o] += (double)x[i] * weight[t];
                        pdx[i] += (double)dy[o] * weight[t];
                        pdw[t] += (double)dy[o] * x[i];
                    }
                }
    for (long o = 0; o < outputs; o++) act[o] = (py[o] + bias[o % c]) * sigmoid(py[o] + bias[o % c]);
    bw_depthwise_forward(&s, x, weight, y, 0, ho);
    expect("depthwise", y, py, outputs, 1e-5);
    bw_depthwise_backward_input(&s, dy, flipped, dx, 0, h);
    expect("depthwise, input gradient", dx, pdx, inputs, 1e-5);
    memset(dw, 0, sizeof(float) * taps);
    bw_depthwise_backward_weight(&s, x, dy, dw, 0, ho);
    expect("depthwise, weight gradient", dw, pdw, taps, 1e-3);
    bw_depthwise_tile t = {h, w, wo, k, stride, pad, pad, c, c, c, c};
    memset(sums, 0, sizeof(float) * c);
    // In two bands, each from a copy of the lines that it needs.
    for (int band = 0; band < 2; band++) {
        const int first = ho * band / 2, last = ho * (band + 1) / 2;
        const int from = positive(first * stride - pad);
        const int end = (last - 1) * stride - pad + k < h ? (last - 1) * stride - pad + k : h;
        const int count = positive(end - from);
        float *lines = memory((long)count * w * c), *out = memory((long)(last - first) * wo * c);
        if (count) memcpy(lines, x + (long)from * w * c, sizeof(float) * count * w * c);
        bw_depthwise_silu(&t, lines, from, weight, bias, out, first, last, sums);
        expect("depthwise + SiLU", out, act + (long)first * wo * c, (long)(last - first) * wo * c, 1e-5);
        free(lines), free(out);
    }
    free(x), free(weight), free(flipped), free(y), free(dy), free(dx), free(dw), free(bias), free(sums);
    free(py), free(pdx), free(pdw), free(act);
}

// MARK: Over numbers, rows and maps

static void rows(int count, int c) {
    const long n = (long)count * c;
    float *x = numbers(n), *y = memory(n), *dy = numbers(n), *scale = numbers(c), *shift = numbers(c);
    float *mean = numbers(c), *inverse = numbers(c);
    double *plain = malloc(sizeof(double) * (n + 1)), *sum = calloc(c + 1, sizeof(double));
    double *square = calloc(c + 1, sizeof(double));
    for (int activation = BW_ACT_NONE; activation <= BW_ACT_RELU; activation++) {
        for (long i = 0; i < n; i++) {
            const double z = (double)x[i] * scale[i % c] + shift[i % c];
            plain[i] = activation == BW_ACT_SILU ? z * sigmoid(z) : activation == BW_ACT_RELU && z < 0 ? 0 : z;
        }
        bw_bn_forward(x, y, count, c, scale, shift, activation);
        expect("batch norm", y, plain, n, 1e-5);
        bw_bn_backward_sums(x, dy, count, c, scale, shift, mean, inverse, activation, sum, square);
    }
    bw_bn_sums(x, count, c, sum, square);
    bw_bn_backward_apply(x, dy, count, c, scale, shift, mean);
    for (long i = 0; i < n; i++) plain[i] = x[i] * scale[i % c];
    bw_channel_scale(x, scale, y, count, c);
    expect("channel scale", y, plain, n, 1e-6);
    bw_pool_forward(x, mean, count, c);
    bw_pool_backward(mean, y, count, c);
    bw_channel_scale_gradient(x, dy, mean, count, c);
    bw_channel_scale_backward(dy, scale, shift, count, c);
    bw_add_bias(y, scale, count, c);
    bw_bias_gradient(y, mean, count, c);
    for (long i = 0; i < n; i++) plain[i] = x[i] * dy[i / c];
    bw_row_scale(x, dy, y, count, c);
    expect("row scale", y, plain, n, 1e-6);
    free(x), free(y), free(dy), free(scale), free(shift), free(mean), free(inverse), free(plain), free(sum);
    free(square);
}

static void flat(long n) {
    float *x = numbers(n), *y = numbers(n), *z = numbers(n), *v = memory(n);
    for (long i = 0; i < n; i++) v[i] = z[i] * z[i];
    bw_add_scaled(y, x, n, 2);
    bw_scale(y, x, n, 2);
    bw_mix(y, 1, x, 2, z, n);
    bw_sigmoid_gate_forward(x, z, y, n);
    bw_sigmoid_gate_backward(x, z, y, v, n);
    bw_leaky_relu_forward(x, n, 0.01f);
    bw_leaky_relu_backward(x, y, n, 0.01f);
    bw_silu_forward(x, y, n);
    bw_silu_backward(x, y, n);
    bw_sigmoid_forward(x, n);
    bw_sigmoid_backward(x, y, n);
    if (!bw_all_finite(x, n)) printf("not all finite\n"), failures++;
    for (long i = 0; i < n; i++) v[i] = z[i] * z[i];
    bw_adam_step adam = {1, 0.1f, 1, 0.1f, 0.999f, 0.001f, 0.01f, 1, 1e-8f};
    bw_adam(n, x, y, z, v, adam);
    bw_sgd_step sgd = {1, 0.1f, 0.9f, 0.1f, 1};
    bw_sgd(n, x, y, z, sgd);
    bw_moving_average(n, x, y, 0.1f);
    bw_sum_of_squares(n, x);
    free(x), free(y), free(z), free(v);
}

static void patches(int h, int w, int c, int k, int stride, int pad) {
    const int ho = (h + 2 * pad - k) / stride + 1, wo = (w + 2 * pad - k) / stride + 1;
    if (h + 2 * pad < k || w + 2 * pad < k) return;
    float *x = numbers(2 * h * w * c), *columns = memory(2L * ho * wo * k * k * c), *dx = numbers(h * w * c);
    bw_im2col(x, columns, 0, 2L * ho * wo, h, w, c, k, stride, pad, pad, ho, wo);
    bw_col2im(columns, dx, h, w, c, k, stride, pad, pad, ho, wo);
    free(x), free(columns), free(dx);
}

static void gate(int c, int s, int parts) {
    float *sums = numbers(parts * c), *w1 = numbers(s * c), *b1 = numbers(s), *w2 = numbers(s * c), *b2 = numbers(c);
    float *mean = memory(c), *hidden = memory(s), *out = memory(c);
    bw_squeeze_gate(sums, parts, 0.5f, w1, b1, w2, b2, mean, hidden, out, c, s);
    for (int j = 0; j < c; j++)
        if (!(out[j] >= 0 && out[j] <= 1)) printf("gate: %g\n", out[j]), failures++;
    free(sums), free(w1), free(b1), free(w2), free(b2), free(mean), free(hidden), free(out);
}

// The fused passes of training, whose values FusedBlockTests compares: here only where they reach.
static void block(int h, int w, int c, int k, int stride, int pad) {
    const int ho = (h + 2 * pad - k) / stride + 1, wo = (w + 2 * pad - k) / stride + 1;
    if (h + 2 * pad < k || w + 2 * pad < k) return;
    bw_depthwise_shape s = {h, w, c, ho, wo, k, stride, pad, pad};
    const long inputs = (long)h * w * c, outputs = (long)ho * wo * c, taps = (long)k * k * c;
    float *x = numbers(inputs), *weight = numbers(taps), *y = memory(outputs), *dz = numbers(outputs);
    float *dx = memory(inputs), *dw = numbers(taps), *scratch = memory(bw_block_scratch(&s));
    float *scale = numbers(c), *shift = numbers(c), *mean = numbers(c), *inverse = numbers(c), *gate = numbers(c);
    double *sum = calloc(c, sizeof(double)), *square = calloc(c, sizeof(double));
    for (int activation = BW_ACT_NONE; activation <= BW_ACT_SILU; activation++) {
        bw_norm norm = {scale, shift, mean, inverse, activation};
        bw_block_depthwise(&s, &norm, x, weight, y, 0, ho, sum, square, scratch);
        bw_block_depthwise_backward(&s, &norm, x, y, dz, scale, shift, mean, weight, dx, dw, 0, h, sum, square, scratch);
        const long rows = (long)ho * wo;
        bw_norm_pool(&norm, y, rows, c, gate);
        bw_norm_gate(&norm, y, rows, c, gate, dz);
        bw_norm_gate_backward(&norm, y, dz, rows, c, gate, dz, mean);
        bw_norm_gate_sums(&norm, y, dz, rows, c, gate, mean, sum, square);
        bw_norm_apply(y, dz, rows, c, scale, shift, mean, dz);
        bw_norm_residual(y, rows, c, scale, shift, 2, dz, y);
        bw_norm_residual_sums(y, dz, rows, c, mean, inverse, 2, sum, square);
    }
    free(x), free(weight), free(y), free(dz), free(dx), free(dw), free(scratch), free(scale), free(shift);
    free(mean), free(inverse), free(gate), free(sum), free(square);
}

int main(void) {
    static const int channels[] = {1, 3, 24, 40, 113};
    // float32 on each instruction set, then bfloat16 by the processor, its model and AMX's.
    for (int run = 0; run < 6; run++) {
        const int products = run < 3 ? BW_PRODUCTS_FLOAT32 : run - 2;
        bw_gemm_limit(run < 3 ? 2 - run : BW_GEMM_ALL);
        for (int i = 0; i < 5; i++)
            for (int j = 0; j < 5; j++)
                for (int m = 1; m <= 29; m += run < 3 ? 4 : 14) product(products, m, channels[i], channels[j]);
        product(products, 97, 65, 300), product(products, 97, 193, 33);
        product(products, 0, 3, 3), product(products, 3, 0, 3), product(products, 3, 3, 0);
    }
    for (int i = 0; i < 5; i++) {
        const int c = channels[i];
        for (int k = 3; k <= 5; k += 2)
            for (int stride = 1; stride <= 2; stride++)
                for (int pad = 0; pad <= 2; pad++) {
                    for (int size = 1; size <= 17; size++) depthwise(size, size, c, k, stride, pad);
                    for (int size = 1; size <= 17; size += 4) block(size, size, c, k, stride, pad);
                    block(6, 13, c, k, stride, pad);
                    depthwise(6, 13, c, k, stride, pad);
                    depthwise(17, 4, c, k, stride, pad);
                    if (c <= 24) patches(5, 8, c, k, stride, pad);
                }
        depthwise(127, 127, c < 24 ? c : 24, 3, 2, 1);
        for (int count = 0; count <= 35; count += 7) rows(count, c);
        for (int s = 1; s <= 33; s += 8) gate(c, s, 1 + s % 3);
    }
    for (long n = 0; n <= 70; n++) flat(n);
    printf("%d failures\n", failures);
    return failures != 0;
}
