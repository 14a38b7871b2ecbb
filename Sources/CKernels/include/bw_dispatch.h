#pragma once
#if defined(__x86_64__) && defined(__linux__)
#define BW_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BW_CLONES
#endif
