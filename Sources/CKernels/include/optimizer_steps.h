// optimizer_steps.h — one pass over a range of the flat parameters per optimizer step.
//
// No reductions across threads, no step counting, no learning-rate rules: those are Swift's.
// n elements; every array has n floats and none overlaps another. All arithmetic is float32,
// without contraction, so that every CPU gives the same bytes.
#pragma once

/// What one Adam or AdamW step needs besides its arrays. Corrections are made by the caller in double.
typedef struct {
    float gradient_scale;   ///< multiplies the gradient first (clipping); 1 for none
    float l2;               ///< Adam's weight decay: l2 · parameter is added to the gradient
    float keep;             ///< AdamW's: parameters are multiplied by 1 − rate · decay; 1 for none
    float one_minus_beta1;
    float beta2;
    float one_minus_beta2;
    float step_size;        ///< rate / (1 − beta1^t)
    float correction2_sqrt; ///< sqrt(1 − beta2^t)
    float eps;
} bw_adam_step;

/// m and v are the first and second moment, updated in place.
void bw_adam(long n, float *parameters, const float *gradient, float *m, float *v, bw_adam_step step);

typedef struct {
    float gradient_scale;
    float l2;
    float momentum;
    float rate;
    int nesterov;
} bw_sgd_step;

/// buffer is the momentum buffer; NULL when momentum is 0.
void bw_sgd(long n, float *parameters, const float *gradient, float *buffer, bw_sgd_step step);

/// average += share · (parameters − average).
void bw_moving_average(long n, float *average, const float *parameters, float share);

/// Σ x², in double; the same bytes on every CPU (sixteen running sums, added in order).
double bw_sum_of_squares(long n, const float *x);
