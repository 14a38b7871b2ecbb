// CKernels.h — the umbrella of all kernel families.
#pragma once
#include "blend_colour.h"
#include "blend_gaussian.h"
#include "blend_mask.h"
#include "blend_noise.h"
#include "blend_warp.h"
#include "bw_dispatch.h"
