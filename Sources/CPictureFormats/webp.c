// webp.c — WebP through libwebp, whose conversion of colours is also OpenCV's and Pillow's.

#include "CPictureFormats.h"

#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

static const char damaged[] = "it is damaged or cut short";

/// The first frame of an animation on its canvas.
static bw_picture_result first_frame(const uint8_t *bytes, size_t count, bw_picture *picture) {
    WebPAnimDecoderOptions options;
    WebPData data = {bytes, count};
    if (!WebPAnimDecoderOptionsInit(&options)) return bw_picture_fail(picture, BW_PICTURE_UNSUPPORTED, "libwebp is of another version");
    options.color_mode = MODE_RGBA;
    options.use_threads = 0;
    WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, &options);
    WebPAnimInfo info;
    uint8_t *canvas = NULL;
    int time = 0;
    int is_read = decoder && WebPAnimDecoderGetInfo(decoder, &info) && info.canvas_width == picture->width &&
                  info.canvas_height == picture->height && WebPAnimDecoderGetNext(decoder, &canvas, &time);
    if (is_read) {
        size_t pixels = (size_t)picture->width * (size_t)picture->height;
        for (size_t i = 0; i < pixels; i++) memcpy(picture->pixels + 3 * i, canvas + 4 * i, 3);
    }
    WebPAnimDecoderDelete(decoder);
    return is_read ? BW_PICTURE_READ : bw_picture_fail(picture, BW_PICTURE_MALFORMED, damaged);
}

bw_picture_result bw_webp_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK) {
        return bw_picture_fail(picture, BW_PICTURE_MALFORMED, damaged);
    }
    picture->width = features.width;
    picture->height = features.height;
    bw_picture_result result = bw_picture_allocate(picture, limits);
    if (result != BW_PICTURE_READ) return result;
    if (features.has_animation) return first_frame(bytes, count, picture);
    size_t row = (size_t)picture->width * 3;
    if (!WebPDecodeRGBInto(bytes, count, picture->pixels, row * (size_t)picture->height, (int)row)) {
        return bw_picture_fail(picture, BW_PICTURE_MALFORMED, damaged);
    }
    return BW_PICTURE_READ;
}
