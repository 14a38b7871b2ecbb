// silu_forms.c — does another form of SiLU's exponential pay? Forms of x · sigmoid(x), each as the compiler
// makes it for AVX2 and AVX-512: how long for sixteen numbers in the first cache, and how many units in the last
// place from what the kernels compute now (nn_math.h).
//
//   clang -O2 benchmarks/silu_forms.c -lm -o /tmp/silu && /tmp/silu
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define INLINE static inline __attribute__((always_inline))

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

// Range reduction of e^x: x = n·ln 2 + r; `shifted` holds n in its lowest bits.
INLINE float reduced(float x, float *n, float *shifted) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float magic = 12582912.0f;
    *shifted = x * 1.44269504f + magic;
    *n = *shifted - magic;
    float r = x - *n * 0.693145752f;
    return r - *n * 1.42860677e-6f;
}

INLINE float degree6(float r) {
    float p = 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    return p * r + 1.0f;
}

// Least largest relative error with 1 + r in front, 1.1e-7.
INLINE float degree5(float r) {
    float p = 0.008312478f;
    p = p * r + 0.04189055f;
    p = p * r + 0.16667116f;
    p = p * r + 0.49999228f;
    p = p * r + 1.0f;
    return p * r + 1.0f;
}

INLINE float times_power(float p, float n) {
    int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

// n added to the exponent where it stands; a NaN's lower bits would end up there too.
INLINE float into_exponent(float p, float shifted) {
    int32_t a, b;
    memcpy(&a, &p, sizeof a);
    memcpy(&b, &shifted, sizeof b);
    a += b << 23;
    memcpy(&p, &a, sizeof p);
    return p;
}

INLINE float now(float z) {
    float n, t, r = reduced(-z, &n, &t);
    return z * (1.0f / (1.0f + times_power(degree6(r), n)));
}
INLINE float exponent_added(float z) {
    float n, t, r = reduced(-z, &n, &t);
    return z * (1.0f / (1.0f + into_exponent(degree6(r), t)));
}
INLINE float lower_degree(float z) {
    float n, t, r = reduced(-z, &n, &t);
    return z * (1.0f / (1.0f + times_power(degree5(r), n)));
}
INLINE float both(float z) {
    float n, t, r = reduced(-z, &n, &t);
    return z * (1.0f / (1.0f + into_exponent(degree5(r), t)));
}
// No SiLU: what is left without the division.
INLINE float undivided(float z) {
    float n, t, r = reduced(-z, &n, &t);
    return z * (1.0f + times_power(degree6(r), n));
}

enum { COUNT = 4096 };

#define LOOPS(form)                                                                                  \
    __attribute__((target("arch=x86-64-v3"), noinline)) static void form##_avx2(const float *restrict x,  \
                                                                                 float *restrict y) {      \
        _Pragma("clang loop vectorize_width(8)") for (int i = 0; i < COUNT; i++) y[i] = form(x[i]);       \
    }                                                                                                \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512), noinline)) static void               \
        form##_avx512(const float *restrict x, float *restrict y) {                                      \
        _Pragma("clang loop vectorize_width(16)") for (int i = 0; i < COUNT; i++) y[i] = form(x[i]);      \
    }
LOOPS(now)
LOOPS(exponent_added)
LOOPS(lower_degree)
LOOPS(both)
LOOPS(undivided)

// The division as an approximation (11 or 14 bits) and a step of Newton's: in intrinsics, as no compiler does it
// unasked. The exponential is now's.
__attribute__((target("arch=x86-64-v3"), noinline)) static void newton_avx2(const float *restrict x,
                                                                             float *restrict y) {
    static float d[COUNT];
    _Pragma("clang loop vectorize_width(8)") for (int i = 0; i < COUNT; i++) {
        float n, t, r = reduced(-x[i], &n, &t);
        d[i] = 1.0f + times_power(degree6(r), n);
    }
    for (int i = 0; i < COUNT; i += 8) {
        const __m256 v = _mm256_loadu_ps(d + i), q = _mm256_rcp_ps(v);
        const __m256 s = _mm256_fmadd_ps(q, _mm256_fnmadd_ps(v, q, _mm256_set1_ps(1)), q);
        _mm256_storeu_ps(y + i, _mm256_mul_ps(_mm256_loadu_ps(x + i), s));
    }
}
__attribute__((target("arch=x86-64-v4"), min_vector_width(512), noinline)) static void
newton_avx512(const float *restrict x, float *restrict y) {
    static float d[COUNT];
    _Pragma("clang loop vectorize_width(16)") for (int i = 0; i < COUNT; i++) {
        float n, t, r = reduced(-x[i], &n, &t);
        d[i] = 1.0f + times_power(degree6(r), n);
    }
    for (int i = 0; i < COUNT; i += 16) {
        const __m512 v = _mm512_loadu_ps(d + i), q = _mm512_rcp14_ps(v);
        const __m512 s = _mm512_fmadd_ps(q, _mm512_fnmadd_ps(v, q, _mm512_set1_ps(1)), q);
        _mm512_storeu_ps(y + i, _mm512_mul_ps(_mm512_loadu_ps(x + i), s));
    }
}

static float x[COUNT], y[COUNT], expected[COUNT];

static void measure(const char *name, void (*f)(const float *, float *)) {
    double best = 1e9;
    for (int round = 0; round < 15; round++) {
        const double start = seconds();
        for (int i = 0; i < 1000; i++) f(x, y);
        const double time = (seconds() - start) / 1000 / COUNT * 16 * 1e9;
        if (time < best) best = time;
    }
    int worst = 0;
    for (int i = 0; i < COUNT; i++) {
        int32_t a, b;
        memcpy(&a, y + i, sizeof a), memcpy(&b, expected + i, sizeof b);
        const int ulps = a > b ? a - b : b - a;
        if (ulps > worst) worst = ulps;
    }
    printf("%-32s %5.2f ns for 16", name, best);
    if (worst < 100) printf(", within %d units of now", worst);
    printf("\n");
}

int main(void) {
    for (int i = 0; i < COUNT; i++) x[i] = (i - COUNT / 2) / 128.0f;
    now_avx2(x, expected);
#define MEASURE(form) measure(#form ", AVX2", form##_avx2), measure(#form ", AVX-512", form##_avx512)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx512vl")) return printf("needs AVX-512\n"), 1;
    MEASURE(now);
    MEASURE(exponent_added);
    MEASURE(lower_degree);
    MEASURE(both);
    MEASURE(newton);
    MEASURE(undivided);
}
