// jpeg.c — JPEG through libjpeg's API, the slow but accurate transform and smooth upsampling both ways, which are
// its defaults and hence OpenCV's and Pillow's: same library version, same bytes. No Exif, no files.

#include "CPictures.h"

// Before jpeglib.h, which uses it without including it.
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/// libjpeg's way to report, and where to go on when it can't.
typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf out;
    char *error;
    const uint8_t *bytes;  // what is decoded
    bw_picture_result result;
} reporter;

static void leave(j_common_ptr info) {
    reporter *report = (reporter *)info->err;
    char reason[JMSG_LENGTH_MAX];
    info->err->format_message(info, reason);
    snprintf(report->error, BW_PICTURE_ERROR_LENGTH, "%s", reason);
    switch (info->err->msg_code) {
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_NOTIMPL: report->result = BW_PICTURE_UNSUPPORTED; break;
    default: report->result = BW_PICTURE_MALFORMED;
    }
    longjmp(report->out, 1);
}

enum { PADDING_LIMIT = 16 };

/// Whether bytes that stand before a marker and mean nothing are padding, rather than the rest of pixels that a
/// damaged place made the decoder miss: before the pixels any are, behind them a few, or more of one value.
static int is_padding(j_decompress_ptr info) {
    size_t count = (size_t)info->err->msg_parm.i[0];
    if (info->input_scan_number == 0 || count <= PADDING_LIMIT) return 1;
    // The reader stands behind the last of them.
    const JOCTET *last = info->src->next_input_byte - 1;
    const reporter *report = (const reporter *)info->err;
    if ((size_t)(last + 1 - report->bytes) < count) return 0;
    for (size_t i = 1; i < count; i++) {
        if (last[-(ptrdiff_t)i] != *last) return 0;
    }
    return 1;
}

/// Of the warnings (level −1) some are of no consequence; all others mean pixels that the library made up.
static void weigh(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
        if (info->is_decompressor && is_padding((j_decompress_ptr)info)) return;
        break;
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return;
    }
    leave(info);
}

static void keep_silent(j_common_ptr info) { (void)info; }

/// A small file with very many scans takes minutes.
static void count_scans(j_common_ptr info) {
    reporter *report = (reporter *)info->err;
    if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > 500) {
        snprintf(report->error, BW_PICTURE_ERROR_LENGTH, "it has more than 500 scans");
        report->result = BW_PICTURE_MALFORMED;
        longjmp(report->out, 1);
    }
}

static void prepare(reporter *report, char *error) {
    jpeg_std_error(&report->manager);
    report->manager.error_exit = leave;
    report->manager.emit_message = weigh;
    report->manager.output_message = keep_silent;
    report->error = error;
}

/// Adobe's inverted CMYK to RGB, `count` pixels: black is multiplied in.
static void rgb_of_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < 3; c++) rgb[3 * i + c] = (uint8_t)((cmyk[4 * i + c] * cmyk[4 * i + 3] + 127) / 255);
    }
}

bw_picture_result bw_jpeg_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture) {
    struct jpeg_decompress_struct info = {0};
    struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
    reporter report;
    uint8_t *volatile line = NULL;
    prepare(&report, picture->error);
    report.bytes = bytes;
    info.err = &report.manager;
    if (setjmp(report.out)) {
        jpeg_destroy_decompress(&info);
        free(line);
        return bw_picture_drop(picture, report.result);
    }
    jpeg_create_decompress(&info);
    info.progress = &progress;
    jpeg_mem_src(&info, bytes, (unsigned long)count);
    jpeg_read_header(&info, TRUE);
    picture->width = info.image_width;
    picture->height = info.image_height;
    int is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = is_cmyk ? JCS_CMYK : picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    bw_picture_result result =
        is_cmyk && picture->channels == 1
            ? bw_picture_fail(picture, BW_PICTURE_UNSUPPORTED, "it is CMYK, which has no luminance of its own")
            : bw_picture_allocate(picture, limits);
    if (result == BW_PICTURE_READ) {
        jpeg_start_decompress(&info);
        size_t width = info.output_width;
        if (is_cmyk) line = malloc(width * 4);
        if (is_cmyk && !line) {
            result = bw_picture_fail(picture, BW_PICTURE_MALFORMED, "no memory");
        } else {
            while (info.output_scanline < info.output_height) {
                uint8_t *to = picture->pixels + info.output_scanline * width * picture->channels;
                JSAMPROW row = is_cmyk ? line : to;
                jpeg_read_scanlines(&info, &row, 1);
                if (is_cmyk) rgb_of_cmyk(line, to, width);
            }
            jpeg_finish_decompress(&info);
        }
    }
    jpeg_destroy_decompress(&info);
    free(line);
    return result;
}

uint8_t *bw_jpeg_encode(const uint8_t *pixels, int width, int height, int channels, int quality, int horizontal,
                        int vertical, size_t *count, char *error) {
    struct jpeg_compress_struct info = {0};
    reporter report;
    // libjpeg makes it, and hands it over when all is done.
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    prepare(&report, error);
    info.err = &report.manager;
    if (setjmp(report.out)) {
        jpeg_destroy_compress(&info);
        return NULL;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = (JDIMENSION)width;
    info.image_height = (JDIMENSION)height;
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    if (channels == 3) {
        info.comp_info[0].h_samp_factor = horizontal;
        info.comp_info[0].v_samp_factor = vertical;
    }
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)info.next_scanline * width * channels);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    *count = size;
    return bytes;
}
