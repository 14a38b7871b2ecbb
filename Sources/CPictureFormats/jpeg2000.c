// jpeg2000.c — JPEG 2000 through OpenJPEG, which OpenCV and Pillow use as well.

#include "CPictureFormats.h"

#include <openjpeg.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, place;
} source;

static OPJ_SIZE_T take(void *to, OPJ_SIZE_T wanted, void *data) {
    source *from = data;
    size_t left = from->count - from->place, given = wanted < left ? wanted : left;
    if (given == 0) return (OPJ_SIZE_T)-1;
    memcpy(to, from->bytes + from->place, given);
    from->place += given;
    return given;
}

static OPJ_OFF_T skip(OPJ_OFF_T wanted, void *data) {
    source *from = data;
    if (wanted < 0) return -1;
    size_t left = from->count - from->place;
    size_t given = (uint64_t)wanted < left ? (size_t)wanted : left;
    from->place += given;
    return given == 0 && wanted > 0 ? -1 : (OPJ_OFF_T)given;
}

static OPJ_BOOL go_to(OPJ_OFF_T place, void *data) {
    source *from = data;
    if (place < 0 || (uint64_t)place > from->count) return OPJ_FALSE;
    from->place = (size_t)place;
    return OPJ_TRUE;
}

/// The first reason counts; those after it follow from it.
static void note(const char *reason, void *data) {
    char *error = data;
    if (error[0]) return;
    snprintf(error, BW_PICTURE_ERROR_LENGTH, "%s", reason);
    for (size_t end = strlen(error); end > 0 && (error[end - 1] == '\n' || error[end - 1] == ' '); end--) error[end - 1] = 0;
}

static void ignore(const char *reason, void *data) { (void)reason, (void)data; }

/// One sample as 8 bits, whatever its precision and sign.
static int sample(const opj_image_comp_t *component, uint32_t x, uint32_t y) {
    int64_t value = component->data[(size_t)y * component->w + x];
    if (component->sgnd) value += (int64_t)1 << (component->prec - 1);
    int64_t most = ((int64_t)1 << component->prec) - 1;
    if (value < 0) value = 0;
    if (value > most) value = most;
    return (int)(component->prec > 8 ? value >> (component->prec - 8) : component->prec < 8 ? value * 255 / most : value);
}

static uint8_t clipped(double value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5); }

static void convert(const opj_image_t *image, int is_ycc, bw_picture *picture) {
    int colours = image->numcomps >= 3 ? 3 : 1;
    for (int64_t y = 0; y < picture->height; y++) {
        for (int64_t x = 0; x < picture->width; x++) {
            int v[3];
            for (int c = 0; c < 3; c++) {
                const opj_image_comp_t *component = &image->comps[c < colours ? c : 0];
                // Thinned-out components repeat their samples.
                uint32_t column = (uint32_t)(x * image->comps[0].dx / component->dx);
                uint32_t line = (uint32_t)(y * image->comps[0].dy / component->dy);
                v[c] = sample(component, column < component->w ? column : component->w - 1,
                              line < component->h ? line : component->h - 1);
            }
            uint8_t *to = picture->pixels + (y * picture->width + x) * 3;
            if (is_ycc) {
                // ITU-R BT.601, full range.
                double u = v[1] - 128, w = v[2] - 128;
                to[0] = clipped(v[0] + 1.402 * w);
                to[1] = clipped(v[0] - 0.344136 * u - 0.714136 * w);
                to[2] = clipped(v[0] + 1.772 * u);
            } else {
                for (int c = 0; c < 3; c++) to[c] = (uint8_t)v[c];
            }
        }
    }
}

/// Holds what the codestream's head says to our limits.
static bw_picture_result check(const opj_image_t *image, bw_picture_limits limits, bw_picture *picture) {
    if (image->numcomps < 1 || image->numcomps > 4) {
        return bw_picture_fail(picture, BW_PICTURE_UNSUPPORTED, "it is neither grey nor RGB, with or without alpha");
    }
    if (image->color_space == OPJ_CLRSPC_CMYK || image->color_space == OPJ_CLRSPC_EYCC) {
        return bw_picture_fail(picture, BW_PICTURE_UNSUPPORTED, "it is CMYK or e-YCC");
    }
    picture->width = image->comps[0].w;
    picture->height = image->comps[0].h;
    // The decoder takes memory for every component in full.
    int64_t width = (int64_t)image->x1 - image->x0, height = (int64_t)image->y1 - image->y0;
    if (width > limits.side || height > limits.side || width * height > limits.pixels) {
        picture->width = width;
        picture->height = height;
    }
    for (uint32_t c = 0; c < image->numcomps; c++) {
        if (image->comps[c].prec < 1 || image->comps[c].prec > 31) {
            return bw_picture_fail(picture, BW_PICTURE_UNSUPPORTED, "its pixels have more than 31 bits");
        }
    }
    return bw_picture_allocate(picture, limits);
}

static bw_picture_result decode(opj_codec_t *codec, opj_stream_t *stream, bw_picture_limits limits,
                                opj_image_t **image, bw_picture *picture) {
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(codec, &parameters) || !opj_read_header(stream, codec, image)) return BW_PICTURE_MALFORMED;
    bw_picture_result result = check(*image, limits, picture);
    if (result != BW_PICTURE_READ) return result;
    if (!opj_decode(codec, stream, *image) || !opj_end_decompress(codec, stream)) return BW_PICTURE_MALFORMED;
    const opj_image_t *done = *image;
    int colours = done->numcomps >= 3 ? 3 : 1;
    for (int c = 0; c < colours; c++) {
        const opj_image_comp_t *component = &done->comps[c];
        if (!component->data || component->w < 1 || component->h < 1 || component->dx < 1 || component->dy < 1) return BW_PICTURE_MALFORMED;
    }
    if (done->comps[0].w != picture->width || done->comps[0].h != picture->height) return BW_PICTURE_MALFORMED;
    int is_thinned = colours == 3 && (done->comps[1].dx > done->comps[0].dx || done->comps[1].dy > done->comps[0].dy);
    convert(done, colours == 3 && (done->color_space == OPJ_CLRSPC_SYCC || is_thinned), picture);
    return BW_PICTURE_READ;
}

bw_picture_result bw_jpeg2000_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture) {
    source from = {bytes, count, 0};
    int is_bare = count > 1 && bytes[0] == 0xFF && bytes[1] == 0x4F;
    opj_codec_t *codec = opj_create_decompress(is_bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
    opj_image_t *image = NULL;
    bw_picture_result result = BW_PICTURE_MALFORMED;
    if (codec && stream) {
        opj_set_error_handler(codec, note, picture->error);
        opj_set_warning_handler(codec, ignore, NULL);
        opj_set_info_handler(codec, ignore, NULL);
        opj_stream_set_user_data(stream, &from, NULL);
        opj_stream_set_user_data_length(stream, count);
        opj_stream_set_read_function(stream, take);
        opj_stream_set_skip_function(stream, skip);
        opj_stream_set_seek_function(stream, go_to);
        result = decode(codec, stream, limits, &image, picture);
    }
    if (image) opj_image_destroy(image);
    if (stream) opj_stream_destroy(stream);
    if (codec) opj_destroy_codec(codec);
    // What the library reports and then makes up is damage.
    if (result == BW_PICTURE_READ && picture->error[0]) result = BW_PICTURE_MALFORMED;
    if (result == BW_PICTURE_READ) return result;
    if (!picture->error[0] && result == BW_PICTURE_MALFORMED) strcpy(picture->error, "it is damaged or cut short");
    return bw_picture_drop(picture, result);
}
