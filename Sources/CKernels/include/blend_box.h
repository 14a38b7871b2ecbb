// blend_box.h — the part of a plane outside which it is 0, so that kernels can leave the rest out.
#pragma once
#include <stddef.h>

// Columns x0 ... x1 − 1 of rows y0 ... y1 − 1; empty if x1 <= x0 or y1 <= y0.
struct bw_box {
    ptrdiff_t x0, y0, x1, y1;
};

// The box with `margin` more on all sides, as far as that is on a W×H plane.
static inline struct bw_box bw_box_grown(struct bw_box box, ptrdiff_t margin, size_t width, size_t height) {
    if (box.x1 <= box.x0 || box.y1 <= box.y0) return (struct bw_box){0, 0, 0, 0};
    const ptrdiff_t w = (ptrdiff_t)width, h = (ptrdiff_t)height;
    return (struct bw_box){
        box.x0 > margin ? box.x0 - margin : 0, box.y0 > margin ? box.y0 - margin : 0,
        box.x1 < w - margin ? box.x1 + margin : w, box.y1 < h - margin ? box.y1 + margin : h};
}
