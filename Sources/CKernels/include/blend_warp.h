// blend_warp.h — bilinear resampling: along the axes (scaling, shifting) and by a displacement field.
#pragma once
#include <stddef.h>
#include <stdint.h>

// For each new position along one axis the two old ones that it lies between, and their weights.
// An old position beyond the edge has weight 0 (and any index inside), which makes the border 0.
struct bw_taps {
    const int32_t *low;
    const int32_t *high;
    const float *low_weight;
    const float *high_weight;
    // Where stretches end over which `low` and `high` both rise by 1 from entry to entry, so that
    // they can be read in one go; `runs` is 0 if the stretches are too short to be worth it.
    const int32_t *run_ends;
    size_t runs;
};

// dst[dst_height][dst_row] from src[…][src_row]: rows mixed by `y`, then entries within the row
// by `x`. Channels are interleaved; `x` has an entry for each channel of each pixel, so that
// dst_row is width · channels. `line` holds src_row + dst_row floats.
void bw_resample_u8(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line);
void bw_resample_u8_plain(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line);
void bw_resample_f32(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line);
void bw_resample_f32_plain(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, float *line);

// dst(x, y) = src(x + amplitude · dx, y + amplitude · dy), bilinear, mirrored at the outermost
// pixels' centres (OpenCV's reflect-101). H×W planes, both sides at least 2; dst is not src.
void bw_displace_f32(
    float *dst, const float *src, const float *dx, const float *dy, float amplitude, size_t width,
    size_t height);
void bw_displace_f32_plain(
    float *dst, const float *src, const float *dx, const float *dy, float amplitude, size_t width,
    size_t height);
