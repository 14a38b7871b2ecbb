// nn_gemm.h — matrix products of float32 matrices, cache-blocked, for the shapes of a convolutional
// network. The products themselves are in float32 or, where the caller asks for it, of numbers rounded to
// bfloat16 with float32 sums.
//
// All matrices are row-major with a leading dimension (floats from a row to the next). Every number
// of a result is the sum over k in blocks of fixed length, each added in order by fused multiply-adds:
// how rows and columns are cut into calls never changes a bit. Nothing is read or written outside of
// the matrices. Zero m, n or k is allowed; C may not overlap A or B.
#pragma once

/// How the numbers of A and B are multiplied. C and the sums are float32 in any case.
///
/// With bfloat16 both operands are rounded to nearest even while they are packed; subnormal numbers become
/// zeros, on the way in and in every sum, whatever the thread's settings: so do the instructions that
/// processors have for this.
enum {
    BW_PRODUCTS_FLOAT32 = 0,
    /// By the processor's units for it; float32 where it has none.
    BW_PRODUCTS_BF16 = 1,
    /// What AVX512_BF16 computes, to the bit, in C on any processor; slow.
    BW_PRODUCTS_BF16_MODEL = 2,
    /// The loops for AMX with its instructions in C; for tests.
    BW_PRODUCTS_AMX_MODEL = 3
};

/// What happens to a finished row of results before it is stored; all zero means nothing.
typedef struct {
    /// Added to each row (n), or NULL.
    const float *bias;
    /// BW_ACT_… of nn_batchnorm.h, applied after the bias.
    int activation;
    /// Of BW_ACT_LEAKY_RELU.
    float slope;
    /// Where the sums over the call's rows of each column, and of its square, are added (n each),
    /// taken of the numbers that are stored; both or neither are NULL.
    double *sum, *square;
    /// Not 0: C is too large to stay in the caches and is written around them, where it is aligned.
    int streams;
} bw_gemm_epilogue;

/// Floats that a packed B of k rows and n columns takes.
long bw_gemm_packed_count(int products, long n, long k);

/// Packs B `[k, n]`, or `[n, k]` if `transposed`, for `bw_gemm_packed`: the share `part` of `parts`
/// (0 … parts−1), each of which writes its own range. The layout is that of these products on this processor.
void bw_gemm_pack(int products, const float *b, long ldb, int transposed, long n, long k, float *packed,
                  int part, int parts);

/// C `[m, n]` = A `[m, k]` · B + beta · C, beta 0 or 1, then the epilogue (or NULL). With beta 0, C is
/// not read.
void bw_gemm_packed(int products, long m, long n, long k, const float *a, long lda, const float *packed,
                    int beta, float *c, long ldc, const bw_gemm_epilogue *epilogue);

/// C `[m, n]` = A `[m, k]` · B `[k, n]` + beta · C with B as it is: for few rows, where packing would
/// cost more than it saves.
void bw_gemm_nn(int products, long m, long n, long k, const float *a, long lda, const float *b, long ldb,
                int beta, float *c, long ldc);

/// C `[m, n]` = Aᵀ · B + beta · C with A `[k, m]`, B `[k, n]`: the product of a weight's gradient.
void bw_gemm_tn(int products, long m, long n, long k, const float *a, long lda, const float *b, long ldb,
                int beta, float *c, long ldc);

/// What makes these products here: "avx512", "avx2" or "plain" in float32; "avx512_bf16", "amx_bf16",
/// "bf16 model".
const char *bw_gemm_name(int products);

/// Whether this processor, and the system, have units for bfloat16 products.
int bw_gemm_has_bf16(void);

/// One step of the model: sum + the products of the two bfloat16 numbers in the words a and b, the upper
/// ones first, each rounded to nearest even; subnormal operands and sums count as zeros.
float bw_bf16_multiply_add(float sum, unsigned a, unsigned b);

/// x as bfloat16: to nearest even, NaN stays NaN, subnormal numbers become zeros of their sign.
unsigned short bw_bf16_round(float x);

/// On the calling thread uses no makers beyond `level`: 0 plain, 1 AVX2, 2 AVX-512 and AVX512_BF16,
/// BW_GEMM_ALL also AMX. For tests and measurements; packed matrices of another level are then invalid.
void bw_gemm_limit(int level);
enum { BW_GEMM_ALL = 3 };
