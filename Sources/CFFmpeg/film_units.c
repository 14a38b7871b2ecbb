// film_units.c — the NAL units of H.264 and HEVC packets: where decoding can begin, and whether the packet is
// built as it has to be. Heads only; slices are the decoder's.

#include "film.h"

enum { H264_SLICE = 1, H264_PARTITIONS_END = 4, H264_IDR = 5, H264_SEI = 6 };
enum { HEVC_LAST_SLICE = 9, HEVC_FIRST_IRAP = 16, HEVC_LAST_IDR = 20, HEVC_CRA = 21, HEVC_LAST_IRAP = 23 };

// Bytes of a unit's length; 0 when units begin with start codes.
static int length_size(const AVCodecParameters *parameters) {
    const uint8_t *extra = parameters->extradata;
    int is_hevc = parameters->codec_id == AV_CODEC_ID_HEVC;
    if (!extra || parameters->extradata_size < (is_hevc ? 23 : 7) || extra[0] != 1) return 0;
    return (extra[is_hevc ? 21 : 4] & 3) + 1;
}

// Whether an H.264 SEI unit says that every picture from here on is right: recovery_frame_cnt is 0.
static int is_recovery_point(const uint8_t *unit, int size) {
    int at = 1;
    while (at + 2 < size) {
        int kind = 0, length = 0;
        while (at < size && unit[at] == 0xFF) { kind += 255; at++; }
        if (at >= size) return 0;
        kind += unit[at++];
        while (at < size && unit[at] == 0xFF) { length += 255; at++; }
        if (at >= size) return 0;
        length += unit[at++];
        // The exponential Golomb code of 0 is a single 1.
        if (kind == 6) return at < size && unit[at] & 0x80;
        at += length;
    }
    return 0;
}

static void read_h264(film_units *units, const uint8_t *unit, int size, int *kind) {
    int type = unit[0] & 31;
    if (unit[0] & 0x80 || type == 0) units->is_broken = 1;
    if (type == H264_SEI && is_recovery_point(unit, size)) units->is_entry = 1;
    if (type < H264_SLICE || type > H264_IDR) return;
    // Slices of one picture are all IDR or none, and all referred to or none. Fields may differ in the latter.
    int is_idr = type == H264_IDR;
    if (is_idr && !(unit[0] & 0x60)) units->is_broken = 1;
    if (!units->has_picture) {
        *kind = is_idr;
    } else if (*kind != is_idr && !is_idr) {
        // The second field of an IDR picture is an ordinary one; more than that is told by the decoder.
    } else if (*kind != is_idr) {
        units->is_broken = 1;
    }
    units->has_picture = 1;
    if (is_idr) units->is_entry = units->is_reset = 1;
}

static void read_hevc(film_units *units, const uint8_t *unit, int size, int *kind) {
    if (size < 2 || unit[0] & 0x80 || !(unit[1] & 7)) {
        units->is_broken = 1;
        return;
    }
    int type = unit[0] >> 1 & 63, layer = (unit[0] & 1) << 5 | unit[1] >> 3;
    if (layer > 0 || type > 31) return;
    if ((type > HEVC_LAST_SLICE && type < HEVC_FIRST_IRAP) || type > HEVC_CRA) {
        units->is_broken = 1;
        return;
    }
    if (units->has_picture && *kind != type) units->is_broken = 1;
    *kind = type;
    units->has_picture = 1;
    if (type >= HEVC_FIRST_IRAP && type <= HEVC_LAST_IRAP) units->is_entry = 1;
    if (type >= HEVC_FIRST_IRAP && type <= HEVC_LAST_IDR) units->is_reset = 1;
}

int film_each_unit(const AVCodecParameters *parameters, const uint8_t *data, int size,
                   void (*take)(void *, const uint8_t *, int), void *context) {
    int bytes = length_size(parameters);
    const uint8_t *end = data + size;
    if (bytes > 0) {
        while (data < end) {
            uint32_t length = 0;
            if (end - data < bytes) return 0;
            for (int i = 0; i < bytes; i++) length = length << 8 | *data++;
            if (length > (uint32_t)(end - data)) return 0;
            if (length > 0) take(context, data, (int)length);
            data += length;
        }
        return 1;
    }
    // From one start code, 0 0 1, to the next; zeros before a start code are no part of a unit.
    const uint8_t *unit = NULL;
    for (const uint8_t *at = data; at <= end; at++) {
        int is_end = at == end, is_code = !is_end && at + 3 <= end && !at[0] && !at[1] && at[2] == 1;
        if (!is_end && !is_code) continue;
        const uint8_t *last = at;
        while (unit && last > unit && last[-1] == 0) last--;
        if (unit && last > unit) take(context, unit, (int)(last - unit));
        if (is_end) break;
        unit = at + 3;
        at += 2;
    }
    return 1;
}

typedef struct {
    film_units units;
    int is_hevc, kind;
} unit_reading;

static void read_unit(void *context, const uint8_t *unit, int size) {
    unit_reading *reading = context;
    (reading->is_hevc ? read_hevc : read_h264)(&reading->units, unit, size, &reading->kind);
}

film_units film_read_units(const AVCodecParameters *parameters, const uint8_t *data, int size) {
    unit_reading reading = {.is_hevc = parameters->codec_id == AV_CODEC_ID_HEVC, .kind = -1};
    if (!film_each_unit(parameters, data, size, read_unit, &reading)) reading.units.is_broken = 1;
    return reading.units;
}
