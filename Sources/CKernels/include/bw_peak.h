// bw_peak.h — what this processor can do at best, for the rooflines of `blendway bench kernels`.
#pragma once

/// Multiplies and adds in registers, without memory; returns the floating-point operations done.
/// `result` keeps the work from being optimised away.
double bw_peak_multiply_add(long rounds, float *result);
