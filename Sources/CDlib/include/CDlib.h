// CDlib.h — dlib behind C: its frontal face detector and its landmark models. C++ doesn't show here.

#ifndef BW_DLIB_H
#define BW_DLIB_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A face as dlib finds it: pixels, right and bottom included.
typedef struct {
    int64_t left, top, right, bottom;
    double confidence;
} bw_dlib_face;

/// One separable filter of a detector: a row and a column of `bw_dlib_window` taps over a feature plane.
typedef struct {
    int detector, plane;
    float row[10], column[10];
} bw_dlib_filter;

enum { bw_dlib_window = 10, bw_dlib_detectors = 5 };

/// The frontal face detector's weights: up to `capacity` filters, and a threshold for each detector.
/// Returns the number of filters, or −1 with a reason in `error` (256 bytes).
int bw_dlib_detector_filters(bw_dlib_filter *filters, int capacity, double thresholds[bw_dlib_detectors],
                             double *overlap, double *covered, char *error);

/// dlib's own detector, the plain twin of ours: on the picture [height, width, 3], made twice as large
/// `upsample` times. Returns the number of faces, best first, or −1 with a reason.
int bw_dlib_detect(const uint8_t *rgb, int width, int height, int upsample, bw_dlib_face *faces, int capacity,
                   char *error);

typedef struct bw_dlib_shape bw_dlib_shape;

/// Loads a landmark model (.dat). NULL with a reason.
bw_dlib_shape *bw_dlib_shape_load(const char *path, char *error);
void bw_dlib_shape_free(bw_dlib_shape *shape);
int bw_dlib_shape_points(const bw_dlib_shape *shape);

/// Landmarks of a face in the picture: x and y of each, whole pixels. From any thread. 0, or −1.
int bw_dlib_shape_predict(const bw_dlib_shape *shape, const uint8_t *rgb, int width, int height,
                          const bw_dlib_face *face, float *points, char *error);

#ifdef __cplusplus
}
#endif

#endif
