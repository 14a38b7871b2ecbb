// CKernels.h — the hot loops, in C so that they can be dispatched by instruction set at run time.
// One family a file. Each has a plain twin in the tests, which is its oracle.
#pragma once

#include "blend_colour.h"
#include "blend_gaussian.h"
#include "blend_mask.h"
#include "blend_noise.h"
#include "blend_warp.h"
#include "bw_cores.h"
#include "bw_dispatch.h"
#include "bw_isa.h"
#include "bw_memory.h"
#include "bw_peak.h"
#include "nn_batchnorm.h"
#include "nn_block.h"
#include "nn_depthwise.h"
#include "nn_elementwise.h"
#include "nn_gemm.h"
#include "nn_im2col.h"
#include "nn_inference.h"
#include "nn_squeeze.h"
#include "optimizer_losses.h"
#include "optimizer_steps.h"
