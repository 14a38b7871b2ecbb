// blend_elastic.c — an elastic deformation: a plane displaced by smoothed noise. The noise itself is
// blend_noise.c's.
//
// Multiplied and added separately and in a fixed order, so that every instruction set gives the same
// bits. A Gaussian of sigma 7 has 57 taps; on the coarse grid a quarter of the rows and a sixteenth of
// the columns are filtered, and the spline has 4 taps a pixel. Pixels whose surroundings, as far as any
// displacement reaches, are all 0 or all 1 are not looked up at all: that leaves the mask's edge.

#include "blend_elastic.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "blend_math.h"
#include "bw_dispatch.h"

#pragma STDC FP_CONTRACT OFF

// Pixels that are handled side by side, and the side of the tiles that may be left out.
enum { BLOCK = 64, TILE = 8 };

// Coarse columns: one before the first pixel, two after the last.
static size_t coarse_count(size_t count, size_t step) { return (count - 1) / step + 4; }
static size_t rounded_up(size_t count) { return (count + BLOCK - 1) / BLOCK * BLOCK; }
// The line to be filtered along x, by phases: entries of each.
static size_t phase_length(size_t width, struct bw_smoothing s) {
    return rounded_up(coarse_count(width, s.step)) + 2 * s.radius / s.step + 1;
}

size_t bw_elastic_scratch(size_t width, size_t height, struct bw_smoothing s) {
    const size_t rows = coarse_count(height, s.step), wide = rounded_up(width + s.step);
    const size_t tiles = (width / TILE + 1) * (height / TILE + 1);
    return 2 * rows * wide + wide + phase_length(width, s) * s.step
        + rounded_up(coarse_count(width, s.step)) + tiles + 64;
}

// d c b a | a b c d | d c b a
static size_t mirrored(ptrdiff_t index, ptrdiff_t count) {
    while (index < 0 || index >= count) index = index < 0 ? -index - 1 : 2 * count - 1 - index;
    return (size_t)index;
}

// Weights of the four coarse values around a pixel that lies `phase` of `step` behind the second.
static void spline(float out[4], size_t phase, size_t step) {
    if (step == 1) {
        out[0] = out[2] = out[3] = 0;
        out[1] = 1;
        return;
    }
    const double t = (double)phase / (double)step, u = 1 - t;
    out[0] = (float)(u * u * u / 6);
    out[1] = (float)((3 * t * t * t - 6 * t * t + 4) / 6);
    out[2] = (float)((3 * u * u * u - 6 * u * u + 4) / 6);
    out[3] = (float)(t * t * t / 6);
}

// `n` pixels of one row filtered down the columns: `centre` is the row in its middle.
BW_INLINE void filter_columns(
    float *out, const float *src, ptrdiff_t centre, size_t n, size_t width, size_t height,
    const struct bw_smoothing *s) {
    const ptrdiff_t h = (ptrdiff_t)height;
    float sum[BLOCK];
    const float *middle = src + mirrored(centre, h) * width;
    for (size_t i = 0; i < n; i++) sum[i] = s->weights[0] * middle[i];
    for (ptrdiff_t k = 1; k <= (ptrdiff_t)s->radius; k++) {
        const float *above = src + mirrored(centre - k, h) * width;
        const float *below = src + mirrored(centre + k, h) * width;
        const float weight = s->weights[k];
        for (size_t i = 0; i < n; i++) sum[i] += weight * (above[i] + below[i]);
    }
    for (size_t i = 0; i < n; i++) out[i] = sum[i];
}

// One row filtered along itself at every `step`-th pixel, and carried back to all of them. Returns the
// largest coarse magnitude, which no value between exceeds.
BW_INLINE float filter_row(
    float *row, size_t width, struct bw_smoothing s, const size_t step, const float (*weights)[4],
    float *phases, float *coarse) {
    const size_t count = coarse_count(width, step), length = phase_length(width, s);
    const ptrdiff_t w = (ptrdiff_t)width, first = -(ptrdiff_t)(s.radius + step);
    // phases[p][i] is the pixel at first + i · step + p.
    const size_t inside = (size_t)-first, used = count + 2 * s.radius / step + 1;
    for (size_t p = 0; p < step; p++) {
        float *phase = phases + p * length;
        // Entries whose pixel lies on the row.
        const size_t begin = p >= inside ? 0 : (inside - p + step - 1) / step;
        size_t end = (inside + width - p + step - 1) / step;
        if (end > used) end = used;
        for (size_t i = 0; i < begin; i++) phase[i] = row[mirrored(first + (ptrdiff_t)(i * step + p), w)];
        const float *from = row + (begin * step + p - inside);
        for (size_t i = 0; i < end - begin; i++) phase[begin + i] = from[i * step];
        for (size_t i = end; i < used; i++) phase[i] = row[mirrored(first + (ptrdiff_t)(i * step + p), w)];
        for (size_t i = used; i < length; i++) phase[i] = 0;
    }
    float largest = 0;
    for (size_t start = 0; start < count; start += 16) {
        float sum[16];
        const float *middle = phases + s.radius % step * length + s.radius / step + start;
        for (size_t i = 0; i < 16; i++) sum[i] = s.weights[0] * middle[i];
        for (size_t k = 1; k <= s.radius; k++) {
            const size_t a = s.radius - k, b = s.radius + k;
            const float *left = phases + a % step * length + a / step + start;
            const float *right = phases + b % step * length + b / step + start;
            const float weight = s.weights[k];
            for (size_t i = 0; i < 16; i++) sum[i] += weight * (left[i] + right[i]);
        }
        memcpy(coarse + start, sum, sizeof sum);
    }
    for (size_t i = 0; i < count; i++) {
        const float magnitude = coarse[i] < 0 ? -coarse[i] : coarse[i];
        largest = magnitude > largest ? magnitude : largest;
    }
    const size_t cells = (width - 1) / step + 1;
    for (size_t i = 0; i < cells; i++) {
        for (size_t p = 0; p < step; p++) {
            row[i * step + p] = weights[p][0] * coarse[i] + weights[p][1] * coarse[i + 1]
                + weights[p][2] * coarse[i + 2] + weights[p][3] * coarse[i + 3];
        }
    }
    return largest;
}

BW_INLINE float filter_rows(
    float *rows, size_t count, size_t wide, size_t width, struct bw_smoothing s, const size_t step,
    const float (*weights)[4], float *phases, float *coarse) {
    float largest = 0;
    for (size_t j = 0; j < count; j++) {
        const float here = filter_row(rows + j * wide, width, s, step, weights, phases, coarse);
        largest = here > largest ? here : largest;
    }
    return largest;
}

// 0 or 1 for tiles whose pixels all are, 2 for the others; `n` columns from `src` on.
BW_INLINE void classify_tiles(uint8_t *tiles, const float *src, size_t n, size_t rows, size_t width) {
    float low[BLOCK], high[BLOCK];
    for (size_t i = 0; i < BLOCK; i++) low[i] = high[i] = src[i < n ? i : n - 1];
    for (size_t y = 1; y < rows; y++) {
        const float *row = src + y * width;
        for (size_t i = 0; i < n; i++) {
            low[i] = row[i] < low[i] ? row[i] : low[i];
            high[i] = row[i] > high[i] ? row[i] : high[i];
        }
    }
    for (size_t tile = 0; tile < (n + TILE - 1) / TILE; tile++) {
        float least = low[tile * TILE], most = high[tile * TILE];
        for (size_t i = 1; i < TILE; i++) {
            least = low[tile * TILE + i] < least ? low[tile * TILE + i] : least;
            most = high[tile * TILE + i] > most ? high[tile * TILE + i] : most;
        }
        tiles[tile] = most == 0 ? 0 : least == 1 && most == 1 ? 1 : 2;
    }
}

// What all tiles within `reach` tiles of one are; 2 if they differ.
static uint8_t surroundings(
    const uint8_t *tiles, size_t across, size_t down, size_t tx, size_t ty, size_t reach) {
    const size_t x0 = tx > reach ? tx - reach : 0, x1 = tx + reach < across ? tx + reach : across - 1;
    const size_t y0 = ty > reach ? ty - reach : 0, y1 = ty + reach < down ? ty + reach : down - 1;
    const uint8_t kind = tiles[ty * across + tx];
    for (size_t y = y0; y <= y1; y++) {
        for (size_t x = x0; x <= x1; x++) {
            if (tiles[y * across + x] != kind) return 2;
        }
    }
    return kind;
}

// Folds a coordinate into [0, last] by mirroring at both ends.
BW_INLINE float folded(float coordinate, float last) {
    const float period = 2 * last;
    const float inside = coordinate - period * bw_floor(coordinate / period);
    return bw_clamp(inside > last ? period - inside : inside, 0, last);
}

// The same for coordinates less than `last` outside.
BW_INLINE float folded_once(float coordinate, float last) {
    const float right = coordinate < 0 ? -coordinate : coordinate;
    return right > last ? 2 * last - right : right;
}

// Pixels `start` ... `start + n` of one row. fx, fy: four coarse rows each; sy: their weights.
BW_INLINE void displace(
    float *restrict dst, const float *restrict src, const float *fx, const float *fy, size_t wide,
    const float sy[4], float amplitude, size_t y, size_t start, size_t n, size_t width, size_t height,
    const int far) {
    const float last_x = (float)(width - 1), last_y = (float)(height - 1);
    const int32_t w = (int32_t)width, before_last_x = w - 2, before_last_y = (int32_t)height - 2;
    int32_t at[BLOCK];
    float rx[BLOCK], ry[BLOCK];
    for (size_t i = 0; i < n; i++) {
        const size_t x = start + i;
        const float dx = sy[0] * fx[x] + sy[1] * fx[wide + x] + sy[2] * fx[2 * wide + x] + sy[3] * fx[3 * wide + x];
        const float dy = sy[0] * fy[x] + sy[1] * fy[wide + x] + sy[2] * fy[2 * wide + x] + sy[3] * fy[3 * wide + x];
        const float px = (float)(int32_t)x + amplitude * dx, py = (float)(int32_t)y + amplitude * dy;
        const float qx = far ? folded(px, last_x) : folded_once(px, last_x);
        const float qy = far ? folded(py, last_y) : folded_once(py, last_y);
        const int32_t ix = (int32_t)qx < before_last_x ? (int32_t)qx : before_last_x;
        const int32_t iy = (int32_t)qy < before_last_y ? (int32_t)qy : before_last_y;
        rx[i] = qx - (float)ix;
        ry[i] = qy - (float)iy;
        at[i] = iy * w + ix;
    }
    for (size_t i = 0; i < n; i++) {
        const float above = (1 - rx[i]) * src[at[i]] + rx[i] * src[at[i] + 1];
        const float below = (1 - rx[i]) * src[at[i] + w] + rx[i] * src[at[i] + w + 1];
        dst[start + i] = (1 - ry[i]) * above + ry[i] * below;
    }
}

BW_CLONES
void bw_elastic_f32(
    float *dst, const float *src, const float *noise_x, const float *noise_y, float amplitude,
    struct bw_smoothing s, size_t width, size_t height, struct bw_box *box, float *scratch) {
    const size_t step = s.step, rows = coarse_count(height, step), wide = rounded_up(width + step);
    float weights[16][4];
    for (size_t p = 0; p < step; p++) spline(weights[p], p, step);
    float *fields[2] = {scratch, scratch + rows * wide};
    float *phases = fields[1] + rows * wide, *coarse = phases + phase_length(width, s) * step;
    uint8_t *tiles = (uint8_t *)(coarse + rounded_up(coarse_count(width, step)));

    float largest = 0;
    for (int axis = 0; axis < 2; axis++) {
        const float *noise = axis == 0 ? noise_x : noise_y;
        for (size_t j = 0; j < rows; j++) {
            const ptrdiff_t centre = ((ptrdiff_t)j - 1) * (ptrdiff_t)step;
            float *row = fields[axis] + j * wide;
            size_t x = 0;
            for (; x + BLOCK <= width; x += BLOCK) {
                filter_columns(row + x, noise + x, centre, BLOCK, width, height, &s);
            }
            if (x < width) filter_columns(row + x, noise + x, centre, width - x, width, height, &s);
        }
        float here;
        // Constant steps, so that the compiler knows the strides.
        switch (step) {
        case 1: here = filter_rows(fields[axis], rows, wide, width, s, 1, weights, phases, coarse); break;
        case 2: here = filter_rows(fields[axis], rows, wide, width, s, 2, weights, phases, coarse); break;
        case 4: here = filter_rows(fields[axis], rows, wide, width, s, 4, weights, phases, coarse); break;
        default: here = filter_rows(fields[axis], rows, wide, width, s, step, weights, phases, coarse);
        }
        largest = here > largest ? here : largest;
    }

    // No pixel looks farther than this, a little rounding included.
    const float bound = amplitude * largest * 1.001f + 2.01f;
    const float side = (float)(width < height ? width : height);
    const int far = bound >= side - 1;
    const size_t reach = far ? width + height : ((size_t)bound + TILE - 1) / TILE;
    const size_t across = (width + TILE - 1) / TILE, down = (height + TILE - 1) / TILE;
    const struct bw_box out = bw_box_grown(*box, far ? (ptrdiff_t)(width + height) : (ptrdiff_t)bound, width, height);
    memset(tiles, 0, across * down);
    for (size_t ty = (size_t)box->y0 / TILE; ty < down && (ptrdiff_t)(ty * TILE) < box->y1; ty++) {
        const size_t y = ty * TILE, count = height - y < TILE ? height - y : TILE;
        for (size_t x = (size_t)box->x0 / BLOCK * BLOCK; x < width && (ptrdiff_t)x < box->x1; x += BLOCK) {
            const size_t n = width - x < BLOCK ? width - x : BLOCK;
            uint8_t *here = tiles + ty * across + x / TILE;
            if (n == BLOCK) {
                classify_tiles(here, src + y * width + x, BLOCK, count, width);
            } else {
                classify_tiles(here, src + y * width + x, n, count, width);
            }
        }
    }
    memset(dst, 0, width * height * sizeof(float));
    for (size_t ty = (size_t)out.y0 / TILE; (ptrdiff_t)(ty * TILE) < out.y1; ty++) {
        const size_t last = (ty + 1) * TILE < height ? (ty + 1) * TILE : height;
        for (size_t tx = (size_t)out.x0 / TILE; (ptrdiff_t)(tx * TILE) < out.x1;) {
            const uint8_t kind = far ? 2 : surroundings(tiles, across, down, tx, ty, reach);
            // As many alike as go together.
            size_t end = tx + 1;
            while (end - tx < BLOCK / TILE && (ptrdiff_t)(end * TILE) < out.x1
                   && (far ? 2 : surroundings(tiles, across, down, end, ty, reach)) == kind) end++;
            const size_t start = tx * TILE;
            const size_t n = (end * TILE < width ? end * TILE : width) - start;
            tx = end;
            if (kind == 0) continue;
            for (size_t y = ty * TILE; y < last; y++) {
                float *row = dst + y * width;
                if (kind == 1) {
                    for (size_t i = 0; i < n; i++) row[start + i] = 1;
                    continue;
                }
                const size_t j = y / step * wide;
                const float *sy = weights[y % step];
                if (far) {
                    displace(row, src, fields[0] + j, fields[1] + j, wide, sy, amplitude, y, start, n, width, height, 1);
                } else {
                    displace(row, src, fields[0] + j, fields[1] + j, wide, sy, amplitude, y, start, n, width, height, 0);
                }
            }
        }
    }
    *box = out;
}

static size_t reflected(ptrdiff_t index, ptrdiff_t count) {
    while (index < 0 || index >= count) index = index < 0 ? -index : 2 * (count - 1) - index;
    return (size_t)index;
}

static void smooth_plain(double *out, const float *noise, double sigma, size_t width, size_t height) {
    const ptrdiff_t w = (ptrdiff_t)width, h = (ptrdiff_t)height, r = (ptrdiff_t)(4 * sigma + 0.5);
    double *across = malloc(width * height * sizeof(double)), total = 0;
    for (ptrdiff_t k = -r; k <= r; k++) total += exp(-0.5 * (double)(k * k) / (sigma * sigma));
    for (int pass = 0; pass < 2; pass++) {
        for (ptrdiff_t y = 0; y < h; y++) {
            for (ptrdiff_t x = 0; x < w; x++) {
                double sum = 0;
                for (ptrdiff_t k = -r; k <= r; k++) {
                    const double weight = exp(-0.5 * (double)(k * k) / (sigma * sigma)) / total;
                    sum += weight * (pass == 0 ? (double)noise[y * w + (ptrdiff_t)mirrored(x + k, w)]
                                               : across[(ptrdiff_t)mirrored(y + k, h) * w + x]);
                }
                (pass == 0 ? across : out)[y * w + x] = sum;
            }
        }
    }
    free(across);
}

void bw_elastic_f32_plain(
    float *dst, const float *src, const float *noise_x, const float *noise_y, float amplitude,
    double sigma, size_t width, size_t height) {
    double *dx = malloc(2 * width * height * sizeof(double)), *dy = dx + width * height;
    smooth_plain(dx, noise_x, sigma, width, height);
    smooth_plain(dy, noise_y, sigma, width, height);
    for (size_t y = 0; y < height; y++) {
        for (size_t x = 0; x < width; x++) {
            const size_t i = y * width + x;
            const double sx = (double)x + (double)amplitude * dx[i];
            const double sy = (double)y + (double)amplitude * dy[i];
            const ptrdiff_t ix = (ptrdiff_t)floor(sx), iy = (ptrdiff_t)floor(sy);
            double sum = 0;
            for (ptrdiff_t j = 0; j < 2; j++) {
                for (ptrdiff_t k = 0; k < 2; k++) {
                    const double weight = (k ? sx - (double)ix : 1 - sx + (double)ix)
                        * (j ? sy - (double)iy : 1 - sy + (double)iy);
                    sum += weight
                        * src[reflected(iy + j, (ptrdiff_t)height) * width
                              + reflected(ix + k, (ptrdiff_t)width)];
                }
            }
            dst[i] = (float)sum;
        }
    }
    free(dx);
}
