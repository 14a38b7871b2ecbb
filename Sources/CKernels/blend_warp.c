// blend_warp.c — bilinear resampling along the axes: scaling, shifting, coarsening, mirroring.
//
// Multiplied and added separately, so that every instruction set gives the same bits; weights w
// and 1 − w of two ones sum to exactly 1 in float32, which the soft mask relies upon.

#include "blend_warp.h"

#include "blend_math.h"
#include "bw_dispatch.h"

#pragma STDC FP_CONTRACT OFF

static int32_t clamped(int64_t index, size_t count) {
    return (int32_t)(index < 0 ? 0 : index >= (int64_t)count ? (int64_t)count - 1 : index);
}

void bw_make_taps(
    struct bw_taps *taps, size_t count, size_t old, size_t channels, double shift, double slope,
    double origin, int repeats_edge) {
    size_t runs = 0, entry = 0;
    for (size_t i = 0; i < count; i++) {
        double place = ((double)i + shift) * slope + origin;
        // Nothing of a picture is seen from farther away than this.
        place = place < -2 ? -2 : place > (double)old + 1 ? (double)old + 1 : place;
        int64_t first = (int64_t)place;
        if ((double)first > place) first--;
        const float weight = (float)(place - (double)first);
        const int low_inside = first >= 0 && first < (int64_t)old;
        const int high_inside = first + 1 >= 0 && first + 1 < (int64_t)old;
        const float low_weight = repeats_edge || low_inside ? 1 - weight : 0;
        const float high_weight = repeats_edge || high_inside ? weight : 0;
        const int32_t low = clamped(first, old) * (int32_t)channels;
        const int32_t high = clamped(first + 1, old) * (int32_t)channels;
        const int32_t c = (int32_t)channels;
        if (i > 0 && (low != taps->low[entry - channels] + c || high != taps->high[entry - channels] + c)) {
            taps->run_ends[runs++] = (int32_t)entry;
        }
        for (int32_t channel = 0; channel < c; channel++, entry++) {
            taps->low[entry] = low + channel;
            taps->high[entry] = high + channel;
            taps->low_weight[entry] = low_weight;
            taps->high_weight[entry] = high_weight;
        }
    }
    taps->run_ends[runs++] = (int32_t)entry;
    // A gather costs less than starting many short loops.
    taps->runs = entry < 16 * runs ? 0 : runs;
}

// Mixes entries `first` ... `last` − 1 of one row.
BW_INLINE void mix_row(
    float *restrict out, const float *restrict line, size_t first, size_t last, const struct bw_taps *x) {
    const int32_t *restrict low = x->low, *restrict high = x->high;
    const float *restrict wl = x->low_weight, *restrict wh = x->high_weight;
    if (x->runs == 0) {
        for (size_t i = first; i < last; i++) out[i] = wl[i] * line[low[i]] + wh[i] * line[high[i]];
        return;
    }
    size_t start = 0;
    for (size_t run = 0; run < x->runs && start < last; run++) {
        const size_t end = (size_t)x->run_ends[run];
        const size_t from = start > first ? start : first, to = end < last ? end : last;
        start = end;
        if (to <= from) continue;
        const float *restrict a = line + low[from], *restrict b = line + high[from];
        for (size_t i = 0; i < to - from; i++) {
            out[from + i] = wl[from + i] * a[i] + wh[from + i] * b[i];
        }
    }
}

BW_CLONES
void bw_resample_u8(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, struct bw_box wanted, float *line) {
    (void)dst_height;
    if (wanted.x1 <= wanted.x0) return;
    const size_t first = (size_t)wanted.x0, last = (size_t)wanted.x1;
    const size_t from = (size_t)x.low[first], to = (size_t)x.high[last - 1] + 1;
    float *mixed = line + src_row;
    for (ptrdiff_t row = wanted.y0; row < wanted.y1; row++) {
        const uint8_t *above = src + (size_t)y.low[row] * src_row;
        const uint8_t *below = src + (size_t)y.high[row] * src_row;
        const float wa = y.low_weight[row], wb = y.high_weight[row];
        for (size_t i = from; i < to; i++) line[i] = wa * above[i] + wb * below[i];
        mix_row(mixed, line, first, last, &x);
        uint8_t *restrict out = dst + (size_t)row * dst_row;
        for (size_t i = first; i < last; i++) out[i] = bw_byte(mixed[i]);
    }
}

void bw_resample_u8_plain(
    uint8_t *dst, const uint8_t *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y) {
    for (size_t row = 0; row < dst_height; row++) {
        for (size_t i = 0; i < dst_row; i++) {
            float column[2];
            for (int side = 0; side < 2; side++) {
                const size_t at = (size_t)(side ? x.high[i] : x.low[i]);
                column[side] = y.low_weight[row] * src[(size_t)y.low[row] * src_row + at]
                    + y.high_weight[row] * src[(size_t)y.high[row] * src_row + at];
            }
            dst[row * dst_row + i] =
                bw_byte(x.low_weight[i] * column[0] + x.high_weight[i] * column[1]);
        }
    }
}

// The new positions that lie between old ones of [from, to).
static void seen(
    const struct bw_taps *taps, size_t count, ptrdiff_t from, ptrdiff_t to, ptrdiff_t *first, ptrdiff_t *last) {
    *first = *last = 0;
    for (size_t i = 0; i < count; i++) {
        if (taps->high[i] < from || taps->low[i] >= to) continue;
        if (*last == 0) *first = (ptrdiff_t)i;
        *last = (ptrdiff_t)i + 1;
    }
}

BW_CLONES
void bw_resample_f32(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y, struct bw_box *box, float *line) {
    struct bw_box out;
    seen(&x, dst_row, box->x0, box->x1, &out.x0, &out.x1);
    seen(&y, dst_height, box->y0, box->y1, &out.y0, &out.y1);
    memset(dst, 0, dst_row * dst_height * sizeof(float));
    *box = out;
    if (out.x1 <= out.x0) return;
    const size_t first = (size_t)out.x0, last = (size_t)out.x1;
    const size_t from = (size_t)x.low[first], to = (size_t)x.high[last - 1] + 1;
    for (ptrdiff_t row = out.y0; row < out.y1; row++) {
        const float *above = src + (size_t)y.low[row] * src_row;
        const float *below = src + (size_t)y.high[row] * src_row;
        const float wa = y.low_weight[row], wb = y.high_weight[row];
        for (size_t i = from; i < to; i++) line[i] = wa * above[i] + wb * below[i];
        mix_row(dst + (size_t)row * dst_row, line, first, last, &x);
    }
}

void bw_resample_f32_plain(
    float *dst, const float *src, size_t dst_row, size_t dst_height, size_t src_row,
    struct bw_taps x, struct bw_taps y) {
    for (size_t row = 0; row < dst_height; row++) {
        for (size_t i = 0; i < dst_row; i++) {
            float column[2];
            for (int side = 0; side < 2; side++) {
                const size_t at = (size_t)(side ? x.high[i] : x.low[i]);
                column[side] = y.low_weight[row] * src[(size_t)y.low[row] * src_row + at]
                    + y.high_weight[row] * src[(size_t)y.high[row] * src_row + at];
            }
            dst[row * dst_row + i] = x.low_weight[i] * column[0] + x.high_weight[i] * column[1];
        }
    }
}

// --- Coarsening -------------------------------------------------------------------------------

// A row with each pixel replaced by the first one of its `factor`.
BW_INLINE void repeat_pixels(uint8_t *restrict dst, const uint8_t *restrict src, size_t width, const size_t factor) {
    for (size_t x = 0; x < width; x += factor) {
        for (size_t i = 0; i < factor; i++) {
            for (size_t c = 0; c < 3; c++) dst[3 * (x + i) + c] = src[3 * x + c];
        }
    }
}

// Between small pixels i and i + 1 the weights repeat with every large pixel; and in a row of repeated
// pixels, a large pixel's two neighbours stand half a factor to its left and right. So both can be
// read in one go.
BW_CLONES
void bw_coarsen_rgb8(
    uint8_t *dst, const uint8_t *src, size_t width, size_t height, size_t factor, float *line) {
    const size_t row = 3 * width, half = factor / 2, margin = 3 * half;
    float *low_weight = line + row + 2 * margin, *high_weight = low_weight + row;
    // Two rows of repeated pixels, by the parity of the small row.
    uint8_t *repeated[2] = {(uint8_t *)(high_weight + row), (uint8_t *)(high_weight + row) + row};
    ptrdiff_t held[2] = {-1, -1};
    for (size_t i = 0; i < row; i++) {
        const double place = ((double)(i / 3 % factor) + 0.5) / (double)factor - 0.5;
        high_weight[i] = (float)(place < 0 ? place + 1 : place);
        low_weight[i] = 1 - high_weight[i];
    }
    const ptrdiff_t last = (ptrdiff_t)(height / factor) - 1;
    for (size_t y = 0; y < height; y++) {
        const double place = ((double)y + 0.5) / (double)factor - 0.5;
        const ptrdiff_t floor = place < 0 ? -1 : (ptrdiff_t)place;
        const float wb = (float)(place - (double)floor), wa = 1 - wb;
        const ptrdiff_t rows[2] = {floor < 0 ? 0 : floor, floor + 1 > last ? last : floor + 1};
        for (int i = 0; i < 2; i++) {
            const ptrdiff_t slot = rows[i] % 2;
            if (held[slot] == rows[i]) continue;
            held[slot] = rows[i];
            const uint8_t *from = src + (size_t)rows[i] * factor * row;
            switch (factor) {
            case 2: repeat_pixels(repeated[slot], from, width, 2); break;
            case 4: repeat_pixels(repeated[slot], from, width, 4); break;
            default: repeat_pixels(repeated[slot], from, width, factor);
            }
        }
        const uint8_t *above = repeated[rows[0] % 2], *below = repeated[rows[1] % 2];
        float *middle = line + margin;
        for (size_t i = 0; i < row; i++) middle[i] = wa * above[i] + wb * below[i];
        for (size_t i = 0; i < margin; i++) {
            line[i] = middle[i % 3];
            middle[row + i] = middle[row - 3 + i % 3];
        }
        uint8_t *out = dst + y * row;
        const float *left = middle - margin, *right = middle + margin;
        for (size_t i = 0; i < row; i++) out[i] = bw_byte(low_weight[i] * left[i] + high_weight[i] * right[i]);
    }
}

// --- Mirroring --------------------------------------------------------------------------------

// Sixteen pixels in a vector of 64 bytes, of which the last 16 are not used.
typedef uint8_t bw_bytes64 __attribute__((vector_size(64)));

#define PIXEL(n) 3 * (n), 3 * (n) + 1, 3 * (n) + 2

BW_CLONES
void bw_mirror_rgb8(uint8_t *dst, const uint8_t *src, size_t width, size_t height) {
    enum { GROUP = 16 };
    for (size_t y = 0; y < height; y++) {
        const uint8_t *from = src + 3 * (y + 1) * width;
        uint8_t *to = dst + 3 * y * width;
        size_t x = 0;
        for (; x + GROUP <= width; x += GROUP) {
            bw_bytes64 pixels = {0};
            memcpy(&pixels, from - 3 * (x + GROUP), 3 * GROUP);
            pixels = __builtin_shufflevector(
                pixels, pixels, PIXEL(15), PIXEL(14), PIXEL(13), PIXEL(12), PIXEL(11), PIXEL(10), PIXEL(9),
                PIXEL(8), PIXEL(7), PIXEL(6), PIXEL(5), PIXEL(4), PIXEL(3), PIXEL(2), PIXEL(1), PIXEL(0), 48,
                49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63);
            memcpy(to + 3 * x, &pixels, 3 * GROUP);
        }
        for (; x < width; x++) {
            for (size_t c = 0; c < 3; c++) to[3 * x + c] = (from - 3 * (x + 1))[c];
        }
    }
}
