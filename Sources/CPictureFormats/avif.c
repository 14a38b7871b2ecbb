// avif.c — AVIF through libavif, whose conversion of colours is also Pillow's.

#include "CPictureFormats.h"

#include <avif/avif.h>
#include <string.h>

/// Turned counterclockwise by quarters, then mirrored, as Exif counts it.
static int orientation_of(const avifImage *image) {
    int turns = image->transformFlags & AVIF_TRANSFORM_IROT ? image->irot.angle & 3 : 0;
    if (!(image->transformFlags & AVIF_TRANSFORM_IMIR)) return (const int[]){1, 8, 3, 6}[turns];
#if AVIF_VERSION >= 1000000
    int mode = image->imir.axis;
#else
    int mode = image->imir.mode;
#endif
    // Upside down, or left to right.
    return mode == 0 ? (const int[]){4, 5, 2, 7}[turns] : (const int[]){2, 7, 4, 5}[turns];
}

/// Converts the decoded picture. Where there is alpha it is converted too and dropped then: asked for RGB alone,
/// libavif would put the picture on black.
static avifResult convert(const avifImage *image, bw_picture *picture) {
    avifRGBImage rgb;
    avifRGBImageSetDefaults(&rgb, image);
    rgb.depth = 8;
    int has_alpha = image->alphaPlane != NULL;
    rgb.format = has_alpha ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
    if (!has_alpha) {
        rgb.pixels = picture->pixels;
        rgb.rowBytes = rgb.width * 3;
        return avifImageYUVToRGB(image, &rgb);
    }
    avifRGBImageAllocatePixels(&rgb);
    avifResult result = rgb.pixels ? avifImageYUVToRGB(image, &rgb) : AVIF_RESULT_OUT_OF_MEMORY;
    if (result == AVIF_RESULT_OK) {
        for (uint32_t y = 0; y < rgb.height; y++) {
            for (uint32_t x = 0; x < rgb.width; x++) {
                memcpy(picture->pixels + ((size_t)y * rgb.width + x) * 3, rgb.pixels + (size_t)y * rgb.rowBytes + 4 * (size_t)x, 3);
            }
        }
    }
    avifRGBImageFreePixels(&rgb);
    return result;
}

static bw_picture_result decode(avifDecoder *decoder, const uint8_t *bytes, size_t count, bw_picture_limits limits,
                                bw_picture *picture) {
    decoder->maxThreads = 1;
    decoder->ignoreExif = decoder->ignoreXMP = AVIF_TRUE;
    // As Pillow: files of older encoders lack these.
    decoder->strictFlags &= ~(avifStrictFlags)(AVIF_STRICT_PIXI_REQUIRED | AVIF_STRICT_CLAP_VALID);
    avifResult code = avifDecoderSetIOMemory(decoder, bytes, count);
    if (code == AVIF_RESULT_OK) code = avifDecoderParse(decoder);
    if (code == AVIF_RESULT_OK) {
        picture->width = decoder->image->width;
        picture->height = decoder->image->height;
        bw_picture_result result = bw_picture_allocate(picture, limits);
        if (result != BW_PICTURE_READ) return result;
        code = avifDecoderNextImage(decoder);
    }
    if (code == AVIF_RESULT_OK) {
        const avifImage *image = decoder->image;
        if (image->width != picture->width || image->height != picture->height) {
            return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "its pixels have another size than its header says");
        }
        picture->orientation = orientation_of(image);
        code = convert(image, picture);
    }
    if (code == AVIF_RESULT_OK) return BW_PICTURE_READ;
    int is_unknown = code == AVIF_RESULT_NO_CODEC_AVAILABLE || code == AVIF_RESULT_NOT_IMPLEMENTED || code == AVIF_RESULT_UNSUPPORTED_DEPTH;
    return bw_picture_fail(picture, is_unknown ? BW_PICTURE_UNSUPPORTED : BW_PICTURE_MALFORMED, avifResultToString(code));
}

bw_picture_result bw_avif_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture) {
    avifDecoder *decoder = avifDecoderCreate();
    if (!decoder) return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "no memory for a decoder");
    bw_picture_result result = decode(decoder, bytes, count, limits, picture);
    avifDecoderDestroy(decoder);
    return result;
}
