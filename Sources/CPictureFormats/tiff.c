// tiff.c — TIFF through libtiff's conversion to RGBA, which knows strips and tiles, planes, palettes, CMYK, YCbCr
// and every compression that the library was built with.

#include "CPictureFormats.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

typedef struct {
    const uint8_t *bytes;
    uint64_t count, place;
    char *error;
} source;

static tmsize_t take(thandle_t handle, void *to, tmsize_t wanted) {
    source *from = handle;
    uint64_t left = from->place < from->count ? from->count - from->place : 0;
    uint64_t given = wanted < 0 ? 0 : (uint64_t)wanted < left ? (uint64_t)wanted : left;
    memcpy(to, from->bytes + from->place, given);
    from->place += given;
    return (tmsize_t)given;
}

static tmsize_t refuse_to_write(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return -1;
}

static toff_t go_to(thandle_t handle, toff_t place, int from_where) {
    source *from = handle;
    from->place = from_where == SEEK_SET ? place : from_where == SEEK_CUR ? from->place + place : from->count + place;
    return from->place;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return ((source *)handle)->count; }

/// libtiff's handler of errors is one for all threads; the handle tells whose this is. The first counts.
static void note(thandle_t handle, const char *function, const char *format, va_list arguments) {
    (void)function;
    source *from = handle;
    if (from && from->error && !from->error[0]) vsnprintf(from->error, BW_PICTURE_ERROR_LENGTH, format, arguments);
}

static void be_silent(void) {
    TIFFSetWarningHandler(NULL);
    TIFFSetErrorHandler(NULL);
    TIFFSetErrorHandlerExt(note);
}

/// Why the pixels are none of a picture; NULL if they may be.
static const char *other_kind(TIFF *tiff) {
    uint16_t form = SAMPLEFORMAT_UINT, bits = 1, photometric = PHOTOMETRIC_MINISBLACK;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &form);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    if (form == SAMPLEFORMAT_IEEEFP) return "its pixels are floating-point numbers, which have no fixed white";
    if (form == SAMPLEFORMAT_COMPLEXIEEEFP || form == SAMPLEFORMAT_COMPLEXINT) return "its pixels are complex numbers";
    if (form == SAMPLEFORMAT_INT && bits > 8) return "its pixels are numbers with a sign";
    if (bits > 16) return "its pixels have more than 16 bits";
    if (photometric == PHOTOMETRIC_CFA) return "it is a camera's raw data";
    return NULL;
}

/// Alpha is dropped: libtiff would put it on black. Said to be of no known kind it is left alone.
static void drop_alpha(TIFF *tiff) {
    uint16_t count = 0, *kinds = NULL;
    if (!TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) || count == 0 || count > 16) return;
    uint16_t plain[16] = {EXTRASAMPLE_UNSPECIFIED};
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, (int)count, plain);
}

static bw_picture_result decode(TIFF *tiff, bw_picture_limits limits, bw_picture *picture) {
    uint32_t width = 0, height = 0;
    uint16_t orientation = 1;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation);
    picture->width = width;
    picture->height = height;
    picture->orientation = orientation;
    const char *other = other_kind(tiff);
    if (other) return bw_picture_fail(picture, BW_PICTURE_UNSUPPORTED, other);
    bw_picture_result result = bw_picture_allocate(picture, limits);
    if (result != BW_PICTURE_READ) return result;
    uint64_t part = TIFFIsTiled(tiff) ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
    if (part > (uint64_t)limits.pixels * 8) {
        return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "its strips or tiles are said to be larger than any picture");
    }
    drop_alpha(tiff);
    char reason[1024] = "";
    TIFFRGBAImage image;
    if (!TIFFRGBAImageOK(tiff, reason) || !TIFFRGBAImageBegin(&image, tiff, 1, reason)) {
        return bw_picture_fail(picture, BW_PICTURE_UNSUPPORTED, reason[0] ? reason : picture->error[0] ? picture->error : "its form is unknown");
    }
    // Turning is done elsewhere, for all formats alike.
    image.req_orientation = image.orientation;
    // What the directory has that isn't understood, and isn't needed, is no damage to the pixels.
    picture->error[0] = 0;
    uint32_t *raster = calloc((size_t)width * height, sizeof *raster);
    int is_read = raster && TIFFRGBAImageGet(&image, raster, width, height);
    TIFFRGBAImageEnd(&image);
    if (is_read) {
        for (size_t i = 0; i < (size_t)width * height; i++) {
            uint8_t *to = picture->pixels + 3 * i;
            to[0] = (uint8_t)TIFFGetR(raster[i]);
            to[1] = (uint8_t)TIFFGetG(raster[i]);
            to[2] = (uint8_t)TIFFGetB(raster[i]);
        }
    }
    free(raster);
    // Some decoders report damage and go on.
    if (is_read && !picture->error[0]) return BW_PICTURE_READ;
    if (!picture->error[0]) strcpy(picture->error, raster ? "its pixels can't be decoded" : "no memory");
    return bw_picture_drop(picture, BW_PICTURE_MALFORMED);
}

bw_picture_result bw_tiff_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, be_silent);
    source from = {bytes, count, 0, picture->error};
    // "m": not to be mapped, but read through the functions.
    TIFF *tiff = TIFFClientOpen("picture", "rm", &from, take, refuse_to_write, go_to, close_nothing, size_of, NULL, NULL);
    if (!tiff) {
        if (!picture->error[0]) strcpy(picture->error, "its directory can't be read");
        return bw_picture_drop(picture, BW_PICTURE_MALFORMED);
    }
    bw_picture_result result = decode(tiff, limits, picture);
    // What closing finds is of no interest.
    from.error = NULL;
    TIFFClose(tiff);
    return result;
}
