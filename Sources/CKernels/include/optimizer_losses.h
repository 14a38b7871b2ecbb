// optimizer_losses.h — the losses' loop over whole feature maps.
//
// The losses over logits and pooled features are small and written in Swift.
// n elements; arrays do not overlap. No contraction, so that every CPU gives the same bytes.
#pragma once

/// Returns Σ (prediction − target)², in double, and writes d_prediction = factor · (prediction − target).
/// When d_target is not NULL, the opposite is added to it.
double bw_squared_difference(long n, const float *prediction, const float *target, float factor,
                             float *d_prediction, float *d_target);
