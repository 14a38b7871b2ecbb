// png.c — PNG through libpng's row interface. The simplified one would apply gamma and put transparency on black.

#include "CPictures.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, place;
} reader;

static void take(png_structp png, png_bytep to, size_t count) {
    reader *from = png_get_io_ptr(png);
    if (count > from->count - from->place) png_error(png, "the data ends too early");
    memcpy(to, from->bytes + from->place, count);
    from->place += count;
}

static void leave(png_structp png, png_const_charp reason) {
    snprintf(png_get_error_ptr(png), BW_PICTURE_ERROR_LENGTH, "%s", reason);
    png_longjmp(png, 1);
}

static void keep_silent(png_structp png, png_const_charp reason) {
    (void)png;
    (void)reason;
}

/// Everything to 8 bits of grey or RGB.
static void transform(png_structp png, png_infop info, int channels) {
    png_byte type = png_get_color_type(png, info);
    png_set_strip_16(png);
    // Palettes to colours, grey of fewer bits to 8.
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
    int is_grey = !(type & PNG_COLOR_MASK_COLOR);
    if (is_grey && channels == 3) png_set_gray_to_rgb(png);
    if (!is_grey && channels == 1) png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, -1, -1);
}

/// Exif as ImageMagick packs it: a text of the name, the length and hexadecimal digits.
static void take_exif(png_structp png, png_infop info, bw_picture *picture) {
    png_textp texts;
    int count = 0;
    png_get_text(png, info, &texts, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(texts[i].key, "Raw profile type exif") && strcmp(texts[i].key, "Raw profile type APP1")) continue;
        const char *from = texts[i].text, *end = from + texts[i].text_length;
        // Behind a line end, the name, a line end, and the length.
        while (from < end && *from == '\n') from++;
        while (from < end && *from != '\n') from++;
        while (from < end && (*from == '\n' || *from == ' ')) from++;
        while (from < end && *from != '\n') from++;
        uint8_t *to = picture->exif = malloc((size_t)(end - from) / 2 + 1);
        if (!to) return;
        int half = -1;
        for (; from < end; from++) {
            int digit = *from >= '0' && *from <= '9' ? *from - '0' : (*from | 32) >= 'a' && (*from | 32) <= 'f' ? (*from | 32) - 'a' + 10 : -1;
            if (digit < 0) continue;
            if (half < 0) {
                half = digit;
            } else {
                to[picture->exif_count++] = (uint8_t)(half << 4 | digit);
                half = -1;
            }
        }
        return;
    }
}

bw_picture_result bw_png_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture) {
    reader from = {bytes, count, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, picture->error, leave, keep_silent);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "no memory for a decoder");
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return bw_picture_drop(picture, BW_PICTURE_MALFORMED);
    }
    png_set_read_fn(png, &from, take);
    // Colour profiles, gamma and texts play no part, so damage in them is none either. Sizes are held to our own
    // limits below.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    static const png_byte unused[] = "gAMA\0cHRM\0sRGB\0iCCP\0sBIT\0bKGD\0hIST\0pHYs\0sPLT\0tIME\0iTXt\0eXIf\0oFFs\0pCAL\0sCAL";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, unused, sizeof unused / 5);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_read_info(png, info);
    picture->width = png_get_image_width(png, info);
    picture->height = png_get_image_height(png, info);
    bw_picture_result result = bw_picture_allocate(picture, limits);
    if (result == BW_PICTURE_READ) {
        take_exif(png, info, picture);
        transform(png, info, picture->channels);
        int passes = png_set_interlace_handling(png);
        png_read_update_info(png, info);
        size_t row = (size_t)picture->width * picture->channels;
        if (png_get_rowbytes(png, info) != row) png_error(png, "its pixels have an unknown form");
        for (int pass = 0; pass < passes; pass++) {
            for (int64_t y = 0; y < picture->height; y++) png_read_row(png, picture->pixels + y * row, NULL);
        }
        // Behind the pixels come texts and the end; a file that lacks these has lost nothing that is wanted.
    }
    png_destroy_read_struct(&png, &info, NULL);
    return result;
}
