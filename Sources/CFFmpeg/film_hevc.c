// film_hevc.c — whether the slices of an HEVC packet end where they have to, by a second decoder.
//
// Note [Why HEVC is decoded twice]
// HEVC codes all of a slice in one number: a changed bit makes everything behind it random, and still each symbol is
// a valid one. That something is wrong shows at the end, where the slice has to say that it ends with just its last
// block. FFmpeg's decoder doesn't look; libde265 does, and warns. Its pictures aren't used.

#include <libde265/de265.h>
#include <stdlib.h>

#include "film.h"

struct film_hevc {
    de265_decoder_context *decoder;
};

struct film_hevc *film_hevc_make(const AVCodecParameters *parameters) {
    struct film_hevc *hevc = calloc(1, sizeof *hevc);
    if (!hevc) return NULL;
    hevc->decoder = de265_new_decoder();
    if (!hevc->decoder) {
        free(hevc);
        return NULL;
    }
    // Only what is parsed counts.
    de265_set_parameter_bool(hevc->decoder, DE265_DECODER_PARAM_DISABLE_DEBLOCKING, 1);
    de265_set_parameter_bool(hevc->decoder, DE265_DECODER_PARAM_DISABLE_SAO, 1);
    de265_set_parameter_bool(hevc->decoder, DE265_DECODER_PARAM_SUPPRESS_FAULTY_PICTURES, 0);
    film_hevc_begin(hevc, parameters);
    return hevc;
}

void film_hevc_free(struct film_hevc *hevc) {
    if (!hevc) return;
    de265_free_decoder(hevc->decoder);
    free(hevc);
}

static void push(void *context, const uint8_t *unit, int size) {
    struct film_hevc *hevc = context;
    de265_push_NAL(hevc->decoder, unit, size, 0, NULL);
}

void film_hevc_begin(struct film_hevc *hevc, const AVCodecParameters *parameters) {
    de265_reset(hevc->decoder);
    // Parameter sets that stand in the container: hvcC has arrays of units behind 22 bytes.
    const uint8_t *at = parameters->extradata, *end = at + parameters->extradata_size;
    if (!at || end - at < 23) return;
    if (at[0] != 1) {
        film_each_unit(parameters, at, (int)(end - at), push, hevc);
        return;
    }
    int arrays = at[22];
    at += 23;
    for (int i = 0; i < arrays && end - at >= 3; i++) {
        int units = at[1] << 8 | at[2];
        at += 3;
        for (int j = 0; j < units && end - at >= 2; j++) {
            int size = at[0] << 8 | at[1];
            at += 2;
            if (size > end - at) return;
            push(hevc, at, size);
            at += size;
        }
    }
}

int film_hevc_is_whole(struct film_hevc *hevc, const AVCodecParameters *parameters, const uint8_t *data, int size) {
    film_each_unit(parameters, data, size, push, hevc);
    de265_push_end_of_frame(hevc->decoder);
    int more = 1, is_whole = 1;
    for (int turns = 0; more && turns < 1000; turns++) {
        more = 0;
        de265_error error = de265_decode(hevc->decoder, &more);
        // Errors are no signs: they are also of kinds of HEVC that libde265 doesn't know.
        if (error != DE265_OK) break;
        while (de265_peek_next_picture(hevc->decoder)) de265_release_next_picture(hevc->decoder);
    }
    for (de265_error warning; (warning = de265_get_warning(hevc->decoder)) != DE265_OK;) {
        switch (warning) {
        case DE265_WARNING_CTB_OUTSIDE_IMAGE_AREA: case DE265_WARNING_PREMATURE_END_OF_SLICE_SEGMENT:
        case DE265_WARNING_EOSS_BIT_NOT_SET: case DE265_WARNING_INCORRECT_ENTRY_POINT_OFFSET:
        case DE265_WARNING_SLICEHEADER_INVALID: case DE265_WARNING_BOTH_PREDFLAGS_ZERO: is_whole = 0; break;
        default: break;
        }
    }
    return is_whole;
}
