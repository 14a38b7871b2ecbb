// nn_gemm.h — float32 matrix products, cache-blocked, for the shapes of a convolutional network.
//
// All matrices are row-major with a leading dimension (floats from a row to the next). Every number
// of a result is the sum over k in blocks of fixed length, each added in order by fused multiply-adds:
// how rows and columns are cut into calls never changes a bit. Nothing is read or written outside of
// the matrices. Zero m, n or k is allowed; C may not overlap A or B.
#pragma once

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
long bw_gemm_packed_count(long n, long k);

/// Packs B `[k, n]`, or `[n, k]` if `transposed`, for `bw_gemm_packed`: the share `part` of `parts`
/// (0 … parts−1), each of which writes its own range. The layout is that of this processor.
void bw_gemm_pack(const float *b, long ldb, int transposed, long n, long k, float *packed, int part,
                  int parts);

/// C `[m, n]` = A `[m, k]` · B + beta · C, beta 0 or 1, then the epilogue (or NULL). With beta 0, C is
/// not read.
void bw_gemm_packed(long m, long n, long k, const float *a, long lda, const float *packed, int beta,
                    float *c, long ldc, const bw_gemm_epilogue *epilogue);

/// C `[m, n]` = A `[m, k]` · B `[k, n]` + beta · C with B as it is: for few rows, where packing would
/// cost more than it saves.
void bw_gemm_nn(long m, long n, long k, const float *a, long lda, const float *b, long ldb, int beta,
                float *c, long ldc);

/// C `[m, n]` = Aᵀ · B + beta · C with A `[k, m]`, B `[k, n]`: the product of a weight's gradient.
void bw_gemm_tn(long m, long n, long k, const float *a, long lda, const float *b, long ldb, int beta,
                float *c, long ldc);

/// The kernels in use: "avx512", "avx2" or "plain".
const char *bw_gemm_isa(void);

/// On the calling thread uses no kernels beyond `level`: 0 plain, 1 AVX2, 2 AVX-512. For tests and
/// measurements; packed matrices of another level are then invalid.
void bw_gemm_limit(int level);
