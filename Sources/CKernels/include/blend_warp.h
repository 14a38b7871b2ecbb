// blend_warp.h — bilinear resampling along the axes: scaling, shifting, coarsening, mirroring.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "blend_box.h"

// For each new position along one axis the two old ones that it lies between, and their weights.
// An old position beyond the edge has weight 0 (and any index inside), which makes the border 0.
struct bw_taps {
    int32_t *low;
    int32_t *high;
    float *low_weight;
    float *high_weight;
    // Where stretches end over which `low` and `high` both rise by 1 from entry to entry, so that
    // they can be read in one go; `runs` is 0 if the stretches are too short to be worth it.
    int32_t *run_ends;
    size_t runs;
};

// Fills the arrays of `taps`, of `count` · `channels` entries each (run_ends too): new position i lies at
// (i + shift) · slope + origin of `old` old ones. Beyond the first and last pixel's centre the edge is
// repeated, or the border is 0. Each pixel has an entry for each of its interleaved channels. The
// positions have to rise with i.
void bw_make_taps(
    struct bw_taps *taps, size_t count, size_t old, size_t channels, double shift, double slope,
    double origin, int repeats_edge);

// dst[dst_height][dst_row] from src[…][src_row]: rows mixed by `y`, then entries within the row
// by `x`. Channels are interleaved; `x` has an entry for each channel of each pixel, so that
// dst_row is width · channels. `line` holds src_row + dst_row floats.
//
// u8: only the columns (entries, not pixels) and rows of `wanted` are written.
// f32: src is 0 outside `box`, which becomes the box outside which dst is.
void bw_resample_u8(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, struct bw_box wanted, float *line);
void bw_resample_u8_plain(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y);
void bw_resample_f32(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, struct bw_box *box, float *line);
void bw_resample_f32_plain(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y);

// An RGB picture made smaller by `factor` with nearest neighbour and larger again bilinearly, as two
// resamplings would; width and height are multiples of the factor, which is 2, 4, 8 or 16.
// dst is not src. `line` holds 11 · width + 64 floats.
void bw_coarsen_rgb8(
    uint8_t *dst, const uint8_t *src, size_t width, size_t height, size_t factor, float *line);

// dst = src with left and right exchanged; RGB, dst is not src.
void bw_mirror_rgb8(uint8_t *dst, const uint8_t *src, size_t width, size_t height);
