// face_hog.c — the parts of a HOG face detector that cost time. The features are those of Felzenszwalb et
// al., "Object Detection with Discriminatively Trained Part Based Models" (PAMI 2010), section 6, with the
// constants of dlib, whose trained filters they are for: 18 signed and 9 unsigned directions and 4 texture
// energies of cells of 8×8 pixels, every pixel voting for its four nearest cells.
//
// The speed comes from four changes of order. Directions are found by comparing slopes within a quadrant
// instead of by nine products. The 64 pixels between four cells' centres are gathered in registers' reach
// (18 directions × 4 cells, one vector operation a pixel) before they touch the histograms. Filters run over
// strips of 64 columns, so that what a row filter gives stays in the first cache until the column filter has
// used it. And a line is shrunk by taking neighbours out of registers instead of gathering them from memory.

#include "face_hog.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <math.h>
#include <string.h>

#include "bw_dispatch.h"

#define INLINE static inline __attribute__((always_inline))

enum { CELL = 8, DIRECTIONS = 18, STRIP = 64 };

typedef float v4 __attribute__((vector_size(16), aligned(4)));
typedef float v16 __attribute__((vector_size(64), aligned(4)));

BW_CLONES void bw_face_planar(const uint8_t *rgb, int width, int height, uint8_t *planes) {
    size_t count = (size_t)width * height;
    for (size_t i = 0; i < count; i++) {
        planes[i] = rgb[3 * i];
        planes[count + i] = rgb[3 * i + 1];
        planes[2 * count + i] = rgb[3 * i + 2];
    }
}

// Between neighbours of a line, at places that go up: the horizontal half of a bilinear resize.
INLINE void blend_line(const float *line, const int *lefts, const float *fractions, int to, uint8_t *row) {
    for (int x = 0; x < to; x++) {
        float a = line[lefts[x]], b = line[lefts[x] + 1];
        row[x] = (uint8_t)(int)(a + fractions[x] * (b - a) + 1e-4f);
    }
}

#if defined(__x86_64__)
// The same sixteen at a time, bit by bit what the clone for AVX-512 gives: neighbours lie within two vectors, out of
// which one instruction takes them, where the compiler's gathers read one float after the other. A third of the whole
// detector's time became a sixth.
__attribute__((target("avx512f"))) static void blend_line_512(const float *line, const int *lefts,
                                                              const float *fractions, int to, uint8_t *row) {
    int x = 0;
    for (; x + 16 <= to && lefts[x + 15] - lefts[x] <= 30; x += 16) {
        const float *first = line + lefts[x];
        __m512i at = _mm512_sub_epi32(_mm512_loadu_si512(lefts + x), _mm512_set1_epi32(lefts[x]));
        __m512 low = _mm512_loadu_ps(first), high = _mm512_loadu_ps(first + 16);
        __m512 a = _mm512_permutex2var_ps(low, at, high);
        __m512 b = _mm512_permutex2var_ps(low, _mm512_add_epi32(at, _mm512_set1_epi32(1)), high);
        __m512 mixed = _mm512_fmadd_ps(_mm512_loadu_ps(fractions + x), _mm512_sub_ps(b, a), a);
        __m512i whole = _mm512_cvttps_epi32(_mm512_add_ps(mixed, _mm512_set1_ps(1e-4f)));
        _mm_storeu_si128((__m128i *)(row + x), _mm512_cvtepi32_epi8(whole));
    }
    for (; x < to; x++) {
        float a = line[lefts[x]], b = line[lefts[x] + 1];
        row[x] = (uint8_t)(int)(__builtin_fmaf(fractions[x], b - a, a) + 1e-4f);
    }
}
#endif

BW_CLONES void bw_face_resize(const uint8_t *planes, int width, int height, uint8_t *result, int new_width,
                              int new_height, float *scratch) {
    double x_scale = (width - 1) / (double)(new_width > 1 ? new_width - 1 : 1);
    double y_scale = (height - 1) / (double)(new_height > 1 ? new_height - 1 : 1);
#if defined(__x86_64__)
    int has_512 = __builtin_cpu_supports("avx512f") != 0;
#endif
    float *line = scratch;
    float *fractions = scratch + width + 1;
    int *lefts = (int *)(fractions + new_width);
    for (int x = 0; x < new_width; x++) {
        double place = x * x_scale;
        int left = (int)place;
        if (left > width - 1) left = width - 1;
        lefts[x] = left;
        fractions[x] = (float)(place - left);
    }
    for (int channel = 0; channel < 3; channel++) {
        const uint8_t *from = planes + (size_t)channel * width * height;
        uint8_t *to = result + (size_t)channel * new_width * new_height;
        for (int y = 0; y < new_height; y++) {
            double place = y * y_scale;
            int top = (int)place;
            if (top > height - 1) top = height - 1;
            float fraction = (float)(place - top);
            const uint8_t *above = from + (size_t)top * width;
            const uint8_t *below = top + 1 < height ? above + width : above;
            for (int x = 0; x < width; x++) {
                float a = above[x], b = below[x];
                line[x] = a + fraction * (b - a);
            }
            line[width] = line[width - 1];
            uint8_t *row = to + (size_t)y * new_width;
#if defined(__x86_64__)
            if (has_512) {
                blend_line_512(line, lefts, fractions, new_width, row);
                continue;
            }
#endif
            blend_line(line, lefts, fractions, new_width, row);
        }
    }
}

static int all_cells(int pixels) { return (int)((float)pixels / CELL + 0.5f); }

int bw_face_cells(int pixels) {
    int cells = all_cells(pixels) - 2;
    return cells > 0 ? cells : 0;
}

size_t bw_face_stride(int width) {
    // Room for whole strips beyond the last place.
    size_t places = bw_face_cells(width);
    return (places + STRIP - 1) / STRIP * STRIP + bw_face_taps + 6;
}

size_t bw_face_plane(int width, int height) { return (bw_face_cells(height) + bw_face_taps - 1) * bw_face_stride(width); }

// Columns of the band buffers: a pixel more at each side than blocks of 8 need.
static size_t band_width(int width) { return (size_t)(all_cells(width) + 2) * CELL; }

size_t bw_face_scratch(int width, int height) {
    size_t cells = (size_t)(all_cells(height) + 2) * (all_cells(width) + 2);
    size_t row = all_cells(width) + 32;
    return cells * DIRECTIONS + (size_t)all_cells(height) * row + band_width(width) * (CELL + CELL / 4 + 2) + row * 32;
}

// Length and direction of the gradients of one row, x from 1 to `end`; 0 elsewhere is the caller's.
INLINE void gradients(const uint8_t *planes, size_t plane, int width, int y, int end, float *length,
                      uint8_t *direction) {
    const uint8_t *r = planes + (size_t)y * width, *g = r + plane, *b = g + plane;
    for (int x = 1; x < end; x++) {
        int rx = r[x + 1] - r[x - 1], ry = r[x + width] - r[x - width];
        int gx = g[x + 1] - g[x - 1], gy = g[x + width] - g[x - width];
        int bx = b[x + 1] - b[x - 1], by = b[x + width] - b[x - width];
        int rl = rx * rx + ry * ry, gl = gx * gx + gy * gy, bl = bx * bx + by * by;
        int dx = rl > gl ? rx : gx, dy = rl > gl ? ry : gy, dl = rl > gl ? rl : gl;
        dx = dl > bl ? dx : bx;
        dy = dl > bl ? dy : by;
        dl = dl > bl ? dl : bl;
        float ax = (float)(dx < 0 ? -dx : dx), ay = (float)(dy < 0 ? -dy : dy);
        // Slopes halfway between directions 20 degrees apart, of unit vectors of four decimals.
        int step = (ay > ax * 0.17631579f) + (ay > ax * 0.57746011f) + (ay > ax * 1.19175627f) + (ay > ax * 2.74747475f);
        int left = dx < 0 || (dx == 0 && dy < 0);
        // Quadrants: step, 9 − step, 9 + step, 18 − step.
        int turned = left == (dy < 0) ? step : -step;
        int base = left ? 9 : dy < 0 ? 18 : 0;
        int o = base + turned;
        direction[x] = (uint8_t)(o == 18 ? 0 : o);
        length[x] = sqrtf((float)dl);
    }
}

// Adds the 64 pixels between four cells' centres to these cells.
INLINE void add_block(const float *length, const uint8_t *direction, size_t band, const v4 *weights, float *cells,
                      size_t row) {
    v4 sums[4][DIRECTIONS];
    memset(sums, 0, sizeof sums);
    for (int y = 0; y < CELL; y++) {
        const float *v = length + y * band;
        const uint8_t *o = direction + y * band;
        for (int x = 0; x < CELL; x += 4) {
            // Four sets, so that neighbours of one direction don't wait for each other.
            for (int k = 0; k < 4; k++) sums[k][o[x + k]] += v[x + k] * weights[y * CELL + x + k];
        }
    }
    v4 sum[DIRECTIONS];
    for (int o = 0; o < DIRECTIONS; o++) sum[o] = (sums[0][o] + sums[1][o]) + (sums[2][o] + sums[3][o]);
    // Four directions of each cell at a time.
    float *const to[4] = {cells, cells + DIRECTIONS, cells + row, cells + row + DIRECTIONS};
    for (int o = 0; o + 4 <= DIRECTIONS; o += 4) {
        v4 ab = __builtin_shufflevector(sum[o], sum[o + 1], 0, 4, 1, 5);
        v4 cd = __builtin_shufflevector(sum[o + 2], sum[o + 3], 0, 4, 1, 5);
        v4 ef = __builtin_shufflevector(sum[o], sum[o + 1], 2, 6, 3, 7);
        v4 gh = __builtin_shufflevector(sum[o + 2], sum[o + 3], 2, 6, 3, 7);
        *(v4 *)(to[0] + o) += __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
        *(v4 *)(to[1] + o) += __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
        *(v4 *)(to[2] + o) += __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
        *(v4 *)(to[3] + o) += __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
    }
    for (int o = DIRECTIONS - DIRECTIONS % 4; o < DIRECTIONS; o++) {
        for (int k = 0; k < 4; k++) to[k][o] += sum[o][k];
    }
}

// One row of features from histograms (direction-major, 18 rows of `row` floats) and the energies around.
INLINE void feature_row(const float *sums, size_t row, const float *above, const float *here, const float *below,
                        int count, float *out, size_t plane) {
    for (int x = 0; x < count; x += 16) {
        // Energies of the cell's column x + 1 of `above`, `here` and `below`; blocks of four cells.
        v16 h[3][3];
        for (int dx = 0; dx < 3; dx++) {
            h[0][dx] = *(const v16 *)(above + x + dx);
            h[1][dx] = *(const v16 *)(here + x + dx);
            h[2][dx] = *(const v16 *)(below + x + dx);
        }
        v16 limit[4], scale[4], texture[4];
        for (int k = 0; k < 4; k++) {
            // Down right, up right, down left, up left: the order of the texture planes.
            int dy = !(k & 1), dx = k < 2;
            v16 energy = h[dy][dx] + h[dy][dx + 1] + h[dy + 1][dx] + h[dy + 1][dx + 1] + 1e-4f;
            limit[k] = 0.2f * __builtin_elementwise_sqrt(energy);
            scale[k] = 0.1f / limit[k];
            texture[k] = limit[k] * 0;
        }
        for (int o = 0; o < DIRECTIONS; o++) {
            v16 value = *(const v16 *)(sums + o * row + x);
            v16 total = value * 0;
            for (int k = 0; k < 4; k++) {
                v16 part = __builtin_elementwise_min(value, limit[k]) * scale[k];
                texture[k] += part;
                total += part;
            }
            memcpy(out + o * plane + x, &total, sizeof total);
        }
        for (int o = 0; o < 9; o++) {
            v16 value = *(const v16 *)(sums + o * row + x) + *(const v16 *)(sums + (o + 9) * row + x);
            v16 total = value * 0;
            for (int k = 0; k < 4; k++) total += __builtin_elementwise_min(value, limit[k]) * scale[k];
            memcpy(out + (DIRECTIONS + o) * plane + x, &total, sizeof total);
        }
        for (int k = 0; k < 4; k++) {
            v16 part = texture[k] * (2 * 0.2357f);
            memcpy(out + (27 + k) * plane + x, &part, sizeof part);
        }
    }
}

BW_CLONES void bw_face_features(const uint8_t *planes, int width, int height, float *features, float *scratch) {
    int rows = all_cells(height), columns = all_cells(width);
    size_t stride = bw_face_stride(width), plane = bw_face_plane(width, height);
    memset(features, 0, plane * bw_face_planes * sizeof(float));
    if (rows <= 2 || columns <= 2) return;

    size_t row = (size_t)(columns + 2) * DIRECTIONS;
    float *cells = scratch;
    size_t energy_row = columns + 32;
    float *energy = cells + row * (rows + 2);
    size_t band = band_width(width);
    float *length = energy + energy_row * rows;
    uint8_t *direction = (uint8_t *)(length + band * CELL);
    memset(cells, 0, row * (rows + 2) * sizeof(float));

    v4 weights[CELL * CELL];
    for (int y = 0; y < CELL; y++) {
        for (int x = 0; x < CELL; x++) {
            float right = (x + 0.5f) / CELL, down = (y + 0.5f) / CELL;
            weights[y * CELL + x] =
                (v4){(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down};
        }
    }

    int end_y = (rows * CELL < height ? rows * CELL : height) - 1;
    int end_x = (columns * CELL < width ? columns * CELL : width) - 1;
    size_t image = (size_t)width * height;
    memset(direction, 0, band * CELL);
    // Band i has the pixel rows between the centres of cell rows i − 1 and i. Buffer column x + 4 is
    // pixel x, so that blocks begin at multiples of 8.
    for (int i = 0; i <= rows; i++) {
        for (int j = 0; j < CELL; j++) {
            int y = i * CELL - CELL / 2 + j;
            memset(length + j * band, 0, band * sizeof(float));
            if (y >= 1 && y < end_y) {
                gradients(planes, image, width, y, end_x, length + j * band + 4, direction + j * band + 4);
            }
        }
        for (int c = 0; c <= columns; c++) {
            add_block(length + c * CELL, direction + c * CELL, band, weights,
                      cells + i * row + (size_t)c * DIRECTIONS, row);
        }
    }

    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            const float *cell = cells + (r + 1) * row + (size_t)(c + 1) * DIRECTIONS;
            float sum = 0;
            for (int o = 0; o < 9; o++) sum += (cell[o] + cell[o + 9]) * (cell[o] + cell[o + 9]);
            energy[r * energy_row + c] = sum;
        }
        memset(energy + r * energy_row + columns, 0, 32 * sizeof(float));
    }

    for (int r = 0; r < rows - 2; r++) {
        const float *from = cells + (r + 2) * row + 2 * DIRECTIONS;
        int count = columns - 2;
        for (int c = 0; c < count; c += 16) {
            // Direction by direction, 16 cells at a time.
            float turned[DIRECTIONS * 16];
            memset(turned, 0, sizeof turned);
            int part = count - c < 16 ? count - c : 16;
            for (int i = 0; i < part; i++) {
                for (int o = 0; o < DIRECTIONS; o++) turned[o * 16 + i] = from[(size_t)(c + i) * DIRECTIONS + o];
            }
            feature_row(turned, 16, energy + r * energy_row + c, energy + (r + 1) * energy_row + c,
                        energy + (r + 2) * energy_row + c, 16,
                        features + (r + 4) * stride + 4 + c, plane);
        }
        // What was computed beyond the last cell is no feature.
        for (int p = 0; p < bw_face_planes; p++) {
            float *end = features + p * plane + (r + 4) * stride + 4 + count;
            memset(end, 0, (stride - 4 - count) * sizeof(float));
        }
    }
}

size_t bw_face_score_scratch(int filter_count) { return (size_t)filter_count * bw_face_taps * STRIP + 16; }

// One row of `in` through two row filters at once; their results 64 wide.
INLINE void filter_row(const float *in, const float *a, const float *b, float *to_a, float *to_b) {
    v16 sa[4], sb[4];
    for (int j = 0; j < 4; j++) sa[j] = sb[j] = (v16){0};
    for (int k = 0; k < bw_face_taps; k++) {
        for (int j = 0; j < 4; j++) {
            v16 value = *(const v16 *)(in + k + 16 * j);
            sa[j] += a[k] * value;
            sb[j] += b[k] * value;
        }
    }
    for (int j = 0; j < 4; j++) {
        memcpy(to_a + 16 * j, &sa[j], sizeof sa[j]);
        memcpy(to_b + 16 * j, &sb[j], sizeof sb[j]);
    }
}

BW_CLONES void bw_face_scores(const float *features, int width, int height, const bw_face_filter *filters,
                              int filter_count, int detectors, float *scores, float *scratch) {
    int rows = bw_face_cells(height), columns = bw_face_cells(width);
    size_t stride = bw_face_stride(width), plane = bw_face_plane(width, height);
    memset(scores, 0, (size_t)detectors * rows * stride * sizeof(float));
    // Lines that begin with a cache line are read in one go.
    scratch = (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    for (int first = 0; first < columns; first += STRIP) {
        for (int begin = 0, end; begin < filter_count; begin = end) {
            // The filters of one plane; a ring of the ten rows that the column filters reach over.
            end = begin;
            while (end < filter_count && filters[end].plane == filters[begin].plane) end++;
            const float *in = features + filters[begin].plane * plane + first;
            for (int y = 0; y < rows + bw_face_taps - 1; y++) {
                float *ring = scratch + (size_t)(y % bw_face_taps) * STRIP;
                for (int f = begin; f < end; f += 2) {
                    int g = f + 1 < end ? f + 1 : f;
                    filter_row(in + y * stride, filters[f].row, filters[g].row,
                               ring + (size_t)(f - begin) * bw_face_taps * STRIP,
                               ring + (size_t)(g - begin) * bw_face_taps * STRIP);
                }
                int r = y - (bw_face_taps - 1);
                if (r < 0) continue;
                for (int f = begin; f < end;) {
                    int detector = filters[f].detector;
                    float *out = scores + ((size_t)detector * rows + r) * stride + first;
                    v16 sum[4];
                    for (int j = 0; j < 4; j++) sum[j] = *(const v16 *)(out + 16 * j);
                    for (; f < end && filters[f].detector == detector; f++) {
                        const float *lines = scratch + (size_t)(f - begin) * bw_face_taps * STRIP;
                        for (int k = 0; k < bw_face_taps; k++) {
                            const float *line = lines + (size_t)((r + k) % bw_face_taps) * STRIP;
                            float weight = filters[f].column[k];
                            for (int j = 0; j < 4; j++) sum[j] += weight * *(const v16 *)(line + 16 * j);
                        }
                    }
                    for (int j = 0; j < 4; j++) memcpy(out + 16 * j, &sum[j], sizeof sum[j]);
                }
            }
        }
    }
}
