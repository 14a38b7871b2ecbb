#define _GNU_SOURCE
#include "bw_cores.h"

#if defined(__linux__)
#include <sched.h>
#endif
#include <string.h>

int bw_core_mask(unsigned char *mask, int bytes) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    memset(mask, 0, (size_t)bytes);
    for (int core = 0; core < CPU_SETSIZE && core / 8 < bytes; core++)
        if (CPU_ISSET(core, &set)) mask[core / 8] |= (unsigned char)(1u << (core % 8));
    return 0;
#else
    (void)mask, (void)bytes;
    return -1;
#endif
}

int bw_pin_thread(int core) {
#if defined(__linux__)
    if (core < 0 || core >= CPU_SETSIZE) return -1;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof set, &set);
#else
    (void)core;
    return -1;
#endif
}
