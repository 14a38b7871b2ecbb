// nn_gemm_amx.c — bfloat16 products by AMX's tiles (Sapphire Rapids and later), and the same loops with the
// tiles' instructions in C, by which packing and tails are tested anywhere. The real ones have never run.
//
// Note [What TDPBF16PS computes]
// For each number of C two sums are begun at zero, one over the lower and one over the upper numbers of the
// sixteen words, by fused multiply-adds in order; then they are added, and then that to C. Subnormal operands
// and sums are zeros, as with VDPBF16PS (Intel, Software Developer's Manual, volume 2, TDPBF16PS). So results
// differ from the other makers' in the last bits: a host with AMX rounds differently.

#include "nn_gemm_maker.h"
#include "nn_gemm_words.h"

#include <math.h>
#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

// Rows of a tile, and words or floats of its rows.
enum { SIDE = 16 };

// MARK: The instructions in C

typedef struct {
    float rows[SIDE][SIDE];
} model_tile;

static inline float half(int32_t word, int upper) {
    return flushed(float_of(upper ? (uint32_t)word & 0xFFFF0000 : (uint32_t)word << 16));
}

static void model_tile_multiply(model_tile *c, const int32_t *a, long lda, const int32_t *b, long ldb) {
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            float sum[2] = {0, 0};
            for (int q = 0; q < SIDE; q++)
                for (int upper = 0; upper < 2; upper++)
                    sum[upper] = flushed(fmaf(half(a[i * lda + q], upper), half(b[q * ldb + j], upper), sum[upper]));
            c->rows[i][j] = flushed(c->rows[i][j] + flushed(sum[0] + sum[1]));
        }
}

#define NAME(f) amx_model_##f
#define MAKER "amx model"
#define TARGET
#define LOAD_PART(from, count) load_part(from, count)
#define STORE_PART(to, count, x) store_part(to, count, x)
#define TILE_ZERO(n) memset(&tiles[n], 0, sizeof tiles[n])
#define TILE_MULTIPLY(n, a, lda, b, ldb) model_tile_multiply(&tiles[n], a, lda, b, ldb)
#define TILE_STORE(n, to, ldt)                                                                      \
    for (int row = 0; row < SIDE; row++) memcpy((to) + row * (ldt), tiles[n].rows[row], sizeof tiles[n].rows[row])
#define DECLARE_TILES model_tile tiles[4];
#define BEGIN_TILES()
#define END_TILES()
#include "nn_gemm_amx.h"

const bw_gemm_maker *bw_gemm_amx_model(void) { return &amx_model_maker; }

// MARK: The instructions themselves

#if defined(__x86_64__) && defined(__linux__)
// All tiles whole: what is left over is filled up with zeros while it is packed, or not looked at.
static const struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes_a_row[16];
    uint8_t rows[16];
} whole_tiles = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

#define NAME(f) amx_##f
#define MAKER "amx_bf16"
#define TARGET __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,fma")))
#define LOAD_PART(from, count) ((amx_vec)_mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), from))
#define STORE_PART(to, count, x) _mm512_mask_storeu_ps(to, (__mmask16)((1u << (count)) - 1), (__m512)(x))
#define TILE_ZERO(n) _tile_zero(n)
// Tile 4 is A's, tile 5 is B's.
#define TILE_MULTIPLY(n, a, lda, b, ldb)                                                            \
    (_tile_loadd(4, a, 4 * (lda)), _tile_loadd(5, b, 4 * (ldb)), _tile_dpbf16ps(n, 4, 5))
#define TILE_STORE(n, to, ldt) _tile_stored(n, to, 4 * (ldt))
#define DECLARE_TILES
#define BEGIN_TILES() _tile_loadconfig(&whole_tiles)
#define END_TILES() _tile_release()
#include "nn_gemm_amx.h"

// Whether processor and system have it, and the system lets this process use it: tiles are 8 KB more of
// state a thread, for which Linux wants to be asked.
static int may_use_tiles(void) {
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    __builtin_cpu_init();
    return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") &&
           __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

const bw_gemm_maker *bw_gemm_amx_bf16(void) {
    // Asked for once, and for all threads of the process; asking twice at the same time does no harm.
    static int answer = 0;
    int known = __atomic_load_n(&answer, __ATOMIC_RELAXED);
    if (!known) {
        known = may_use_tiles() ? 1 : -1;
        __atomic_store_n(&answer, known, __ATOMIC_RELAXED);
    }
    return known > 0 ? &amx_maker : 0;
}
#else
const bw_gemm_maker *bw_gemm_amx_bf16(void) { return 0; }
#endif
