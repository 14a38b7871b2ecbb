// heic.c — HEIC, as phones write it, through libheif.

#include "CPictureFormats.h"

#include <libheif/heif.h>
#include <string.h>

static bw_picture_result fail(bw_picture *picture, struct heif_error error) {
    int is_unknown = error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype;
    return bw_picture_fail(picture, is_unknown ? BW_PICTURE_UNSUPPORTED : BW_PICTURE_MALFORMED, error.message);
}

static bw_picture_result decode(struct heif_context *context, const uint8_t *bytes, size_t count,
                                bw_picture_limits limits, struct heif_image_handle **handle, struct heif_image **image,
                                bw_picture *picture) {
    heif_context_set_maximum_image_size_limit(context, (int)limits.side);
    // In this thread: work is shared out by file.
    heif_context_set_max_decoding_threads(context, 0);
    struct heif_error error = heif_context_read_from_memory_without_copy(context, bytes, count, NULL);
    if (error.code == heif_error_Ok) error = heif_context_get_primary_image_handle(context, handle);
    if (error.code != heif_error_Ok) return fail(picture, error);
    picture->width = heif_image_handle_get_width(*handle);
    picture->height = heif_image_handle_get_height(*handle);
    bw_picture_result result = bw_picture_allocate(picture, limits);
    if (result != BW_PICTURE_READ) return result;
    struct heif_decoding_options *options = heif_decoding_options_alloc();
    if (!options) return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "no memory for a decoder");
    options->convert_hdr_to_8bit = 1;
    error = heif_decode_image(*handle, image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options);
    heif_decoding_options_free(options);
    if (error.code != heif_error_Ok) return fail(picture, error);
    int stride = 0;
    const uint8_t *plane = heif_image_get_plane_readonly(*image, heif_channel_interleaved, &stride);
    if (!plane || heif_image_get_width(*image, heif_channel_interleaved) != picture->width ||
        heif_image_get_height(*image, heif_channel_interleaved) != picture->height) {
        return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "its pixels have another size than its header says");
    }
    size_t row = (size_t)picture->width * 3;
    for (int64_t y = 0; y < picture->height; y++) memcpy(picture->pixels + y * row, plane + y * stride, row);
    return BW_PICTURE_READ;
}

bw_picture_result bw_heic_decode(const uint8_t *bytes, size_t count, bw_picture_limits limits, bw_picture *picture) {
    struct heif_context *context = heif_context_alloc();
    if (!context) return bw_picture_fail(picture, BW_PICTURE_MALFORMED, "no memory for a decoder");
    struct heif_image_handle *handle = NULL;
    struct heif_image *image = NULL;
    bw_picture_result result = decode(context, bytes, count, limits, &handle, &image, picture);
    if (image) heif_image_release(image);
    if (handle) heif_image_handle_release(handle);
    heif_context_free(context);
    return result;
}
