// bw_dispatch.h — one binary for every node: hot loops are compiled for several instruction sets,
// and the loader picks the one that the processor has.
#pragma once

// BW_NO_CLONES compiles them once, for what the compiler's flags say: to test one set at a time.
// BW_AT_MOST_AVX2 leaves AVX-512 out everywhere: to see on a newer machine what an older one would do.
#if defined(__x86_64__) && defined(__linux__) && !defined(BW_NO_CLONES) && defined(BW_AT_MOST_AVX2)
#define BW_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#elif defined(__x86_64__) && defined(__linux__) && !defined(BW_NO_CLONES)
#define BW_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BW_CLONES
#endif

// Helpers have to be inlined, or they would not be compiled for the clone that calls them.
#define BW_INLINE static inline __attribute__((always_inline))
