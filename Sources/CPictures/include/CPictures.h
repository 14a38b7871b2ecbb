// CPictures.h — JPEG and PNG to and from memory. The libraries' headers, and their jumps on errors, which Swift
// can't take, don't show here.

#ifndef BW_PICTURES_H
#define BW_PICTURES_H

#include <stddef.h>
#include <stdint.h>

enum { BW_PICTURE_ERROR_LENGTH = 256 };

typedef enum {
    BW_PICTURE_READ = 0,
    BW_PICTURE_MALFORMED,    // damaged or cut short; the reason is in `error`
    BW_PICTURE_TOO_LARGE,    // `width` and `height` say how large
    BW_PICTURE_UNSUPPORTED,  // sound, perhaps, but of a kind that isn't read; the reason is in `error`
} bw_picture_result;

/// A decoded picture, or why there is none.
typedef struct {
    uint8_t *pixels;  // [height, width, channels], rows from the top; free() it
    int64_t width, height;
    int channels;     // 1 grey, 3 RGB
    int orientation;  // how to turn it, 1…8 as Exif counts, where the format itself says so; else 0
    uint8_t *exif;    // Exif that the format has packed, or NULL; free() it
    size_t exif_count;
    char error[BW_PICTURE_ERROR_LENGTH];
} bw_picture;

/// Larger pictures are refused before memory is taken for them.
typedef struct {
    int64_t side, pixels;
} bw_picture_limits;

/// Every decoder takes a zeroed `picture`, but for the `channels` that are wanted, and fills it.

/// Takes memory for the pixels after `width`, `height` and `channels` are set.
bw_picture_result bw_picture_allocate(bw_picture *picture, bw_picture_limits limits);
/// Frees what was taken.
bw_picture_result bw_picture_drop(bw_picture *picture, bw_picture_result result);
/// The same, with a reason.
bw_picture_result bw_picture_fail(bw_picture *picture, bw_picture_result result, const char *reason);

/// Decodes a JPEG; CMYK and YCCK are taken as Adobe's programs write them, inverted. `channels` of `picture` says
/// what is wanted. Data that is cut short or damaged is refused; bytes between segments that mean nothing are not.
bw_picture_result bw_jpeg_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture);

/// Encodes a baseline JPEG. `horizontal`, `vertical`: pixels for one sample of chroma. Returns malloc'ed bytes, or
/// NULL with a reason.
uint8_t *bw_jpeg_encode(const uint8_t *pixels, int width, int height, int channels, int quality, int horizontal,
                        int vertical, size_t *count, char *error);

/// Decodes a PNG of any kind to 8 bits. `channels` as above. Gamma and profiles play no part, alpha is dropped, of
/// 16 bits the upper 8 are taken.
bw_picture_result bw_png_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture);

#endif
