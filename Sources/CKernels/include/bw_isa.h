#pragma once

/// The instruction set that the kernels are dispatched to here: "avx512", "avx2", "sse2" or "plain".
const char *bw_isa_name(void);
