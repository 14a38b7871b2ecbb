// face_hog.h — what a HOG face detector computes: a pyramid's levels, gradient histograms of Felzenszwalb's
// form, and separable filters over them. Which filters, and what is a face, is the caller's matter.

#ifndef BW_FACE_HOG_H
#define BW_FACE_HOG_H

#include <stddef.h>
#include <stdint.h>

// H×W pixels, r×c cells of 8×8 pixels less one at each edge, P planes
enum { bw_face_planes = 31, bw_face_taps = 10, bw_face_pad_before = 5, bw_face_pad_after = 4 };

/// [H, W, 3] → [3, H, W].
void bw_face_planar(const uint8_t *rgb, int width, int height, uint8_t *planes);

/// [3, H, W] to another size, bilinear between the corners' centres, truncated. `scratch`: 2·width floats
/// and new_width ints.
void bw_face_resize(const uint8_t *planes, int width, int height, uint8_t *result, int new_width, int new_height,
                    float *scratch);

/// Rows or columns of features of so many pixels; 0 if there are too few.
int bw_face_cells(int pixels);

/// Floats from one row of a feature plane to the next, and from one plane to the next, padding included.
size_t bw_face_stride(int width);
size_t bw_face_plane(int width, int height);

/// Floats of working memory for `bw_face_features`.
size_t bw_face_scratch(int width, int height);

/// The features of [3, H, W]: [P, r + 9, stride], zero around the r×c that count. Deterministic; sums in
/// one order on every processor, but not rounded alike where the processor has fused operations.
void bw_face_features(const uint8_t *planes, int width, int height, float *features, float *scratch);

/// One separable filter over one plane, adding to one detector's scores.
typedef struct {
    int detector, plane;
    float row[bw_face_taps], column[bw_face_taps];
} bw_face_filter;

/// Scores of `detectors` detectors at each place where the window's middle may be: [detectors, r, c padded to
/// stride]. Filters stand in the order of their planes. `scratch`: bw_face_score_scratch floats.
size_t bw_face_score_scratch(int filter_count);
void bw_face_scores(const float *features, int width, int height, const bw_face_filter *filters, int filter_count,
                    int detectors, float *scores, float *scratch);

#endif
