// CDlib.cpp — the one file that sees dlib. Every exception ends here.

#include "CDlib.h"

#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>

namespace {

/// A picture of somebody else's bytes, as dlib's functions take one.
struct Picture {
    const dlib::rgb_pixel *pixels;
    long width, height;
};

long num_rows(const Picture &p) { return p.height; }
long num_columns(const Picture &p) { return p.width; }
const void *image_data(const Picture &p) { return p.pixels; }
long width_step(const Picture &p) { return p.width * long(sizeof(dlib::rgb_pixel)); }

Picture picture(const uint8_t *rgb, int width, int height) {
    return {reinterpret_cast<const dlib::rgb_pixel *>(rgb), width, height};
}

/// Unpacked once, which takes 0.4 s; copied for use, since detecting changes it.
const dlib::frontal_face_detector &trained_detector() {
    static const dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
    return detector;
}

template <typename Work>
int guarded(char *error, Work work) {
    try {
        return work();
    } catch (const std::exception &problem) {
        std::snprintf(error, 256, "%s", problem.what());
    } catch (...) {
        std::snprintf(error, 256, "dlib failed without a reason");
    }
    return -1;
}

}  // namespace

namespace dlib {
template <>
struct image_traits<Picture> {
    typedef rgb_pixel pixel_type;
};
template <>
struct image_traits<const Picture> {
    typedef rgb_pixel pixel_type;
};
}  // namespace dlib

struct bw_dlib_shape {
    dlib::shape_predictor predictor;
};

int bw_dlib_detector_filters(bw_dlib_filter *filters, int capacity, double thresholds[bw_dlib_detectors],
                             double *overlap, double *covered, char *error) {
    return guarded(error, [&] {
        dlib::frontal_face_detector detector = trained_detector();
        if (detector.num_detectors() != bw_dlib_detectors) throw std::runtime_error("dlib's face detector is another");
        *overlap = detector.get_overlap_tester().get_iou_thresh();
        *covered = detector.get_overlap_tester().get_percent_covered_thresh();
        int count = 0;
        for (int d = 0; d < bw_dlib_detectors; d++) {
            const auto &processed = detector.get_processed_w(d);
            thresholds[d] = processed.w(processed.w.size() - 1);
            const auto &bank = processed.get_detect_argument();
            for (unsigned long plane = 0; plane < bank.row_filters.size(); plane++) {
                for (unsigned long i = 0; i < bank.row_filters[plane].size(); i++) {
                    const auto &row = bank.row_filters[plane][i];
                    const auto &column = bank.col_filters[plane][i];
                    if (count == capacity || row.size() != bw_dlib_window || column.size() != bw_dlib_window)
                        throw std::runtime_error("dlib's face detector has another form");
                    bw_dlib_filter &filter = filters[count++];
                    filter.detector = d;
                    filter.plane = int(plane);
                    for (int k = 0; k < bw_dlib_window; k++) {
                        filter.row[k] = row(k);
                        filter.column[k] = column(k);
                    }
                }
            }
        }
        return count;
    });
}

int bw_dlib_detect(const uint8_t *rgb, int width, int height, int upsample, bw_dlib_face *faces, int capacity,
                   char *error) {
    return guarded(error, [&] {
        dlib::frontal_face_detector detector = trained_detector();
        dlib::array2d<dlib::rgb_pixel> image;
        dlib::assign_image(image, picture(rgb, width, height));
        dlib::pyramid_down<2> pyramid;
        for (int i = 0; i < upsample; i++) dlib::pyramid_up(image, pyramid);
        std::vector<dlib::rect_detection> found;
        detector(image, found);
        int count = 0;
        for (const auto &detection : found) {
            if (count == capacity) break;
            const dlib::rectangle rect = pyramid.rect_down(detection.rect, upsample);
            faces[count++] = {rect.left(), rect.top(), rect.right(), rect.bottom(), detection.detection_confidence};
        }
        return count;
    });
}

bw_dlib_shape *bw_dlib_shape_load(const char *path, char *error) {
    std::unique_ptr<bw_dlib_shape> shape;
    int status = guarded(error, [&] {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw std::runtime_error("it can't be opened");
        shape.reset(new bw_dlib_shape);
        dlib::deserialize(shape->predictor, file);
        return 0;
    });
    return status == 0 ? shape.release() : nullptr;
}

void bw_dlib_shape_free(bw_dlib_shape *shape) { delete shape; }

int bw_dlib_shape_points(const bw_dlib_shape *shape) { return int(shape->predictor.num_parts()); }

int bw_dlib_shape_predict(const bw_dlib_shape *shape, const uint8_t *rgb, int width, int height,
                          const bw_dlib_face *face, float *points, char *error) {
    return guarded(error, [&] {
        const Picture image = picture(rgb, width, height);
        const dlib::full_object_detection found =
            shape->predictor(image, dlib::rectangle(face->left, face->top, face->right, face->bottom));
        for (unsigned long i = 0; i < found.num_parts(); i++) {
            points[2 * i] = float(found.part(i).x());
            points[2 * i + 1] = float(found.part(i).y());
        }
        return 0;
    });
}
