// blend_mask.c — drawing face masks and finding their solid inside. Softening is blend_gaussian.c's.

#include "blend_mask.h"

#include "blend_math.h"
#include "bw_dispatch.h"

#pragma STDC FP_CONTRACT OFF

// --- Polygons ---------------------------------------------------------------------------------

static void extend(int32_t *spans, size_t height, int64_t x, int64_t y) {
    if (y < 0 || y >= (int64_t)height) return;
    int32_t *span = spans + 2 * y;
    if (x < span[0]) span[0] = (int32_t)x;
    if (x > span[1]) span[1] = (int32_t)x;
}

// The pixels of Bresenham's line from the left end to the right one; a point halfway between two
// pixels goes to the one nearer the start.
static void outline(
    int32_t *spans, size_t height, int64_t x0, int64_t y0, int64_t x1, int64_t y1) {
    if (x1 < x0) {
        const int64_t x = x0, y = y0;
        x0 = x1, y0 = y1, x1 = x, y1 = y;
    }
    const int64_t dx = x1 - x0, dy = y1 < y0 ? y0 - y1 : y1 - y0, step = y1 < y0 ? -1 : 1;
    if (dy > dx) {
        for (int64_t i = 0; i <= dy; i++) {
            extend(spans, height, x0 + (2 * i * dx + dy - 1) / (2 * dy), y0 + step * i);
        }
    } else if (dx > 0) {
        for (int64_t i = 0; i <= dx; i++) {
            extend(spans, height, x0 + i, y0 + step * ((2 * i * dy + dx - 1) / (2 * dx)));
        }
    } else {
        extend(spans, height, x0, y0);
    }
}

// Where the edge crosses each row, to the nearest pixel, in 16.16 fixed point from the upper end.
static void crossings(
    int32_t *spans, size_t height, int64_t x0, int64_t y0, int64_t x1, int64_t y1) {
    if (y1 < y0) {
        const int64_t x = x0, y = y0;
        x0 = x1, y0 = y1, x1 = x, y1 = y;
    }
    if (y0 == y1) return;
    const int64_t rows = y1 - y0, slope = ((x1 - x0) * 65536 * 2 + rows) / (2 * rows);
    for (int64_t i = 0; i < rows; i++) {
        extend(spans, height, (x0 * 65536 + i * slope + 32768) >> 16, y0 + i);
    }
}

void bw_fill_convex_f32(
    float *mask, size_t width, size_t height, const int32_t *points, size_t count, int32_t *spans) {
    for (size_t y = 0; y < height; y++) {
        spans[2 * y] = INT32_MAX;
        spans[2 * y + 1] = INT32_MIN;
    }
    for (size_t i = 0; i < count; i++) {
        const int32_t *from = points + 2 * i, *to = points + 2 * ((i + 1) % count);
        outline(spans, height, from[0], from[1], to[0], to[1]);
        crossings(spans, height, from[0], from[1], to[0], to[1]);
    }
    for (size_t y = 0; y < height; y++) {
        const int64_t left = spans[2 * y] < 0 ? 0 : spans[2 * y];
        const int64_t last = (int64_t)width - 1;
        const int64_t right = spans[2 * y + 1] > last ? last : spans[2 * y + 1];
        for (int64_t x = left; x <= right; x++) mask[y * width + (size_t)x] = 1;
    }
}

// Within this many pixels of the line a corner or edge pixel counts as inside, whatever the
// rounding of its distance.
#define ON_THE_LINE 0.002f

BW_CLONES
void bw_fill_convex_soft_f32(
    float *mask, size_t width, size_t height, const float *edges, size_t count, float reach) {
    const float fall = 1 / reach;
    for (size_t y = 0; y < height; y++) {
        float *row = mask + y * width;
        for (size_t start = 0; start < width; start += 64) {
            const size_t n = width - start < 64 ? width - start : 64;
            float distance[64];
            for (size_t i = 0; i < 64; i++) distance[i] = -1;
            for (size_t e = 0; e < count; e++) {
                const float a = edges[3 * e], b = edges[3 * e + 1] * (float)y + edges[3 * e + 2];
                for (size_t i = 0; i < 64; i++) {
                    const float d = a * (float)(int32_t)(start + i) + b;
                    distance[i] = d > distance[i] ? d : distance[i];
                }
            }
            for (size_t i = 0; i < n; i++) {
                const float value = bw_clamp(1 - fall * (distance[i] - ON_THE_LINE), 0, 1);
                row[start + i] = value > row[start + i] ? value : row[start + i];
            }
        }
    }
}

void bw_fill_convex_soft_f32_plain(
    float *mask, size_t width, size_t height, const float *edges, size_t count, float reach) {
    for (size_t y = 0; y < height; y++) {
        for (size_t x = 0; x < width; x++) {
            double distance = -1;
            for (size_t e = 0; e < count; e++) {
                const double d = (double)edges[3 * e] * (double)x
                    + (double)edges[3 * e + 1] * (double)y + edges[3 * e + 2];
                if (d > distance) distance = d;
            }
            const double value = 1 - (distance - ON_THE_LINE) / reach;
            const float clamped = bw_clamp((float)value, 0, 1);
            if (clamped > mask[y * width + x]) mask[y * width + x] = clamped;
        }
    }
}

// --- The solid inside -------------------------------------------------------------------------

static size_t solid_stride(size_t width, size_t radius) {
    return (width + 2 * radius + 63) / 64 * 64;
}

size_t bw_solid_scratch(size_t width, size_t height, size_t radius) {
    // The last row's last portion looks up to a window ahead.
    return solid_stride(width, radius) * (height + 2 * radius) + 2 * radius + 1;
}

// Windows grow by doubling: if `line` holds "the next `size` are all solid", and-ing it with
// itself moved by up to `size` widens that. What lies outside the plane counts as solid.
BW_CLONES
size_t bw_solid_inside_f32(
    float *inside, const float *mask, float level, size_t width, size_t height, size_t radius,
    uint8_t *scratch) {
    const size_t stride = solid_stride(width, radius), window = 2 * radius + 1;
    memset(scratch, 1, bw_solid_scratch(width, height, radius));
    for (size_t y = 0; y < height; y++) {
        uint8_t *line = scratch + (y + radius) * stride + radius;
        const float *row = mask + y * width;
        for (size_t x = 0; x < width; x++) line[x] = row[x] == level;
    }
    // Each widening goes over the whole plane: reading at once what has just been written in other
    // portions would stall.
    for (size_t size = 1; size < window;) {
        const size_t shift = size < window - size ? size : window - size;
        for (size_t y = radius; y < height + radius; y++) {
            uint8_t *line = scratch + y * stride;
            for (size_t x = 0; x < stride; x += 64) {
                uint8_t both[64];
                for (size_t i = 0; i < 64; i++) both[i] = line[x + i] & line[x + shift + i];
                memcpy(line + x, both, 64);
            }
        }
        size += shift;
    }
    for (size_t size = 1; size < window;) {
        const size_t shift = size < window - size ? size : window - size;
        for (size_t y = 0; y + shift < height + 2 * radius; y++) {
            uint8_t *line = scratch + y * stride;
            const uint8_t *later = line + shift * stride;
            for (size_t x = 0; x < width; x++) line[x] &= later[x];
        }
        size += shift;
    }
    size_t total = 0;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *line = scratch + y * stride;
        uint32_t in_row = 0;
        for (size_t x = 0; x < width; x++) {
            inside[y * width + x] = line[x];
            in_row += line[x];
        }
        total += in_row;
    }
    return total;
}

size_t bw_solid_inside_f32_plain(
    float *inside, const float *mask, float level, size_t width, size_t height, size_t radius) {
    const ptrdiff_t w = (ptrdiff_t)width, h = (ptrdiff_t)height, r = (ptrdiff_t)radius;
    size_t total = 0;
    for (ptrdiff_t y = 0; y < h; y++) {
        for (ptrdiff_t x = 0; x < w; x++) {
            int solid = 1;
            for (ptrdiff_t j = y - r; j <= y + r; j++) {
                for (ptrdiff_t i = x - r; i <= x + r; i++) {
                    if (i >= 0 && i < w && j >= 0 && j < h && mask[j * w + i] != level) solid = 0;
                }
            }
            inside[y * w + x] = (float)solid;
            total += (size_t)solid;
        }
    }
    return total;
}

BW_CLONES
float bw_largest_f32(const float *values, size_t count) {
    float best[64];
    for (size_t j = 0; j < 64; j++) best[j] = values[0];
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        for (size_t j = 0; j < 64; j++) best[j] = values[i + j] > best[j] ? values[i + j] : best[j];
    }
    for (; i < count; i++) best[0] = values[i] > best[0] ? values[i] : best[0];
    for (size_t j = 1; j < 64; j++) best[0] = best[j] > best[0] ? best[j] : best[0];
    return best[0];
}

BW_CLONES
void bw_normalise_f32(float *values, size_t count, float divisor, float factor) {
    for (size_t i = 0; i < count; i++) values[i] = values[i] / divisor * factor;
}
