// picture.c — what all decoders do with a picture: memory within limits, and reasons.

#include "CPictures.h"

#include <stdio.h>
#include <stdlib.h>

bw_picture_result bw_picture_allocate(bw_picture *picture, bw_picture_limits limits) {
    int64_t width = picture->width, height = picture->height;
    if (width < 1 || height < 1) return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "its header has no size");
    if (width > limits.side || height > limits.side || width * height > limits.pixels) {
        return bw_picture_fail(picture, BW_PICTURE_TOO_LARGE, "");
    }
    // Zeroed, so that no decoder can leave somebody else's memory in a picture.
    picture->pixels = calloc((size_t)(width * height), (size_t)picture->channels);
    return picture->pixels ? BW_PICTURE_READ : bw_picture_fail(picture, BW_PICTURE_MALFORMED, "no memory");
}

bw_picture_result bw_picture_drop(bw_picture *picture, bw_picture_result result) {
    free(picture->pixels);
    free(picture->exif);
    picture->pixels = picture->exif = NULL;
    picture->exif_count = 0;
    return result;
}

bw_picture_result bw_picture_fail(bw_picture *picture, bw_picture_result result, const char *reason) {
    snprintf(picture->error, sizeof picture->error, "%s", reason);
    return bw_picture_drop(picture, result);
}
