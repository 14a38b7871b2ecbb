// CPictureFormats.h — pictures in formats that need a library each, beyond JPEG and PNG: out of memory, first
// picture of several, RGB of 8 bits, alpha dropped. Left out where extraction isn't built.

#ifndef BW_PICTURE_FORMATS_H
#define BW_PICTURE_FORMATS_H

#include <CPictures.h>

/// WebP by libwebp, of an animation the first frame. Exif isn't looked at.
bw_picture_result bw_webp_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture);

/// TIFF by libtiff, the first directory, as stored; `orientation` is its tag.
bw_picture_result bw_tiff_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture);

/// JPEG 2000 by OpenJPEG, files and bare codestreams.
bw_picture_result bw_jpeg2000_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture);

/// AVIF by libavif with the matrix and range that it states; `orientation` is how it is to be turned and mirrored.
bw_picture_result bw_avif_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture);

/// HEIC by libheif, turned and mirrored already. Needs a libheif with a decoder of HEVC.
bw_picture_result bw_heic_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture);

#endif
