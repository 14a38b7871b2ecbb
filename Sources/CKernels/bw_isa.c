#include "bw_isa.h"

const char *bw_isa_name(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#if !defined(BW_AT_MOST_AVX2)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return "avx512";
#endif
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "avx2";
    return "sse2";
#else
    return "plain";
#endif
}
