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

// How much of its colour an anti-aliased line leaves at a distance: 255.1 · exp(−1.78 t²), rounded down,
// with t = (entry − 15.5) / 32 pixels. OpenCV's own weights, to within 1 of 255.
static const int32_t line_weights[64] = {
    168, 177, 185, 194, 202, 210, 218, 224, 231, 237, 242, 246, 249, 252, 254, 254,
    254, 254, 252, 249, 246, 242, 237, 231, 224, 218, 210, 202, 194, 185, 177, 168,
    158, 149, 140, 131, 122, 114, 105, 97, 89, 82, 75, 68, 62, 56, 50, 45,
    40, 36, 32, 28, 25, 22, 19, 16, 14, 12, 11, 9, 8, 6, 5, 5};

// Mixes a line's colour, 255, into a pixel twice, as OpenCV does; mask holds 0 … 255.
static void tint(float *mask, size_t width, size_t height, int64_t x, int64_t y, int32_t weight) {
    if (x < 0 || y < 0 || x >= (int64_t)width || y >= (int64_t)height) return;
    float *pixel = mask + (size_t)y * width + (size_t)x;
    int32_t value = (int32_t)*pixel;
    for (int i = 0; i < 2; i++) value += ((255 - value) * weight + 127) >> 8;
    *pixel = (float)value;
}

static int32_t square_root(int32_t value) {
    int32_t root = 0;
    while ((root + 1) * (root + 1) <= value) root++;
    return root;
}

// A line three pixels wide from one corner to the next, both ends soft. `across` tells lines that go
// more along x; others are drawn with x and y exchanged.
static void smooth_line(
    float *mask, size_t width, size_t height, int64_t x0, int64_t y0, int64_t x1, int64_t y1, int across) {
    if (x1 < x0) {
        const int64_t x = x0, y = y0;
        x0 = x1, y0 = y1, x1 = x, y1 = y;
    }
    const int64_t step = ((y1 - y0) * 65536 * 65536) / (((x1 - x0) * 65536) | 1);
    // Steep lines, in these coordinates up to 1 in 1, are longer: 256 / √2 · √(1 + slope²).
    const int32_t slope = (int32_t)((step < 0 ? -step - 1 : step) >> 11);
    const int32_t strength = square_root(32768 + 8 * (2 * slope + 1) * (2 * slope + 1));
    int64_t y = y0 * 65536 + 32768;
    for (int64_t x = x0; x <= x1 + 1; x++, y += step) {
        int32_t share = 256;
        if (x == x0) share = 124;
        if (x == x0 + 1) share = 252;
        if (x == x1) share = x == x0 ? 4 : 132;
        if (x == x1 + 1) share = 4;
        const int32_t here = share == 256 ? strength : (share * strength) >> 8;
        const int64_t row = y >> 16;
        const int32_t part = (int32_t)(y >> 11) & 31;
        const int32_t weights[3] = {line_weights[part + 32], line_weights[part], line_weights[63 - part]};
        for (int64_t i = 0; i < 3; i++) {
            const int32_t weight = (here * weights[i]) >> 8;
            if (across) {
                tint(mask, width, height, x, row - 1 + i, weight);
            } else {
                tint(mask, width, height, row - 1 + i, x, weight);
            }
        }
    }
}

void bw_fill_convex_smooth_f32(
    float *mask, size_t width, size_t height, const int32_t *points, size_t count, int64_t *spans) {
    int64_t top = INT32_MAX, bottom = INT32_MIN;
    for (size_t i = 0; i < count; i++) {
        const int64_t x0 = points[2 * i], y0 = points[2 * i + 1];
        const int64_t x1 = points[2 * ((i + 1) % count)], y1 = points[2 * ((i + 1) % count) + 1];
        const int64_t dx = x1 < x0 ? x0 - x1 : x1 - x0, dy = y1 < y0 ? y0 - y1 : y1 - y0;
        if (dx > dy) {
            smooth_line(mask, width, height, x0, y0, x1, y1, 1);
        } else {
            smooth_line(mask, width, height, y0, x0, y1, x1, 0);
        }
        top = y0 < top ? y0 : top;
        bottom = y0 > bottom ? y0 : bottom;
    }
    // The inside: where the edges cross each row, in 16.16 fixed point from the upper end on.
    for (size_t y = 0; y < height; y++) {
        spans[2 * y] = INT64_MAX;
        spans[2 * y + 1] = INT64_MIN;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t x0 = points[2 * i], y0 = points[2 * i + 1];
        int64_t x1 = points[2 * ((i + 1) % count)], y1 = points[2 * ((i + 1) % count) + 1];
        if (y1 < y0) {
            const int64_t x = x0, y = y0;
            x0 = x1, y0 = y1, x1 = x, y1 = y;
        }
        if (y0 == y1) continue;
        const int64_t rows = y1 - y0, slope = ((x1 - x0) * 65536 * 2 + rows) / (2 * rows);
        for (int64_t y = y0; y < y1 || (y == y1 && y1 == bottom); y++) {
            if (y < 0 || y >= (int64_t)height) continue;
            const int64_t at = x0 * 65536 + (y - y0) * slope;
            if (at < spans[2 * y]) spans[2 * y] = at;
            if (at > spans[2 * y + 1]) spans[2 * y + 1] = at;
        }
    }
    for (size_t y = 0; y < height; y++) {
        float *row = mask + y * width;
        if ((int64_t)y >= top && (int64_t)y <= bottom && spans[2 * y] <= spans[2 * y + 1]) {
            const int64_t left = (spans[2 * y] + 65535) >> 16, right = spans[2 * y + 1] >> 16;
            const int64_t last = (int64_t)width - 1;
            for (int64_t x = left < 0 ? 0 : left; x <= (right > last ? last : right); x++) row[x] = 255;
        }
        if ((int64_t)y + 2 < top || (int64_t)y - 2 > bottom) continue;
        for (size_t x = 0; x < width; x++) row[x] = row[x] / 255;
    }
}

// --- The solid inside -------------------------------------------------------------------------

static size_t solid_stride(size_t width, size_t radius) {
    return (width + 2 * radius + 63) / 64 * 64 + 64;
}

size_t bw_solid_scratch(size_t width, size_t height, size_t radius) {
    // Above and below lie rows of ones; the last row's last portion looks up to a window ahead.
    return solid_stride(width, radius) * (height + 2 * radius) + 2 * radius + 64;
}

// dst &= later, in portions that do not overlap.
BW_INLINE void and_row(uint8_t *dst, const uint8_t *later, size_t count) {
    for (size_t x = 0; x < count; x += 64) {
        uint8_t both[64];
        for (size_t i = 0; i < 64; i++) both[i] = dst[x + i] & later[x + i];
        memcpy(dst + x, both, 64);
    }
}

// Windows grow by doubling: if `line` holds "the next `size` are all solid", and-ing it with
// itself moved by up to `size` widens that. What lies outside the plane counts as solid.
BW_CLONES
size_t bw_solid_inside_f32(
    float *inside, const float *mask, float level, size_t width, size_t height, size_t radius,
    struct bw_box box, uint8_t *scratch) {
    const size_t stride = solid_stride(width, radius), window = 2 * radius + 1;
    // The part of the plane that the window around any pixel of the box reaches. Ones go round the
    // plane, zeros round the box.
    const struct bw_box near = bw_box_grown(box, (ptrdiff_t)radius, width, height);
    const size_t y0 = (size_t)near.y0, y1 = (size_t)near.y1, rows = y1 - y0 + 2 * radius;
    memset(scratch, 1, stride * rows + 2 * radius + 64);
    for (size_t y = y0; y < y1; y++) {
        uint8_t *line = scratch + (y - y0 + radius) * stride + radius;
        const float *row = mask + y * width;
        size_t x = 0;
        for (; x + 64 <= width; x += 64) {
            uint8_t is[64];
            for (size_t i = 0; i < 64; i++) is[i] = row[x + i] == level;
            memcpy(line + x, is, 64);
        }
        for (; x < width; x++) line[x] = row[x] == level;
        for (size_t size = 1; size < window;) {
            const size_t shift = size < window - size ? size : window - size;
            and_row(line - radius, line - radius + shift, stride - 64);
            size += shift;
        }
    }
    for (size_t size = 1; size < window;) {
        const size_t shift = size < window - size ? size : window - size;
        for (size_t y = 0; y + shift < rows; y++) {
            and_row(scratch + y * stride, scratch + (y + shift) * stride, width);
        }
        size += shift;
    }
    size_t total = 0;
    for (size_t y = 0; y < height; y++) {
        float *row = inside + y * width;
        if (y < y0 || y >= y1) {
            for (size_t x = 0; x < width; x++) row[x] = 0;
            continue;
        }
        const uint8_t *line = scratch + (y - y0) * stride;
        uint32_t in_row = 0;
        for (size_t x = 0; x < width; x++) {
            const uint32_t one = line[x];
            row[x] = (float)(int32_t)one;
            in_row += one;
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
