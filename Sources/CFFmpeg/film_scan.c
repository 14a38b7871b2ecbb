// film_scan.c — the table of a film's packets: which frame each gives, where decoding can begin, and what the file
// promises. One pass over the file without decoding.
//
// Note [Numbers of frames]
// A frame's number is its place in the order of presentation, as one counts who plays the film. It is taken from
// the packets' times, not counted as frames come out of the decoder, so that those behind a damaged place keep
// their numbers. Where packets have no times (raw H.264, AVI with B-frames), their order comes from what the
// bitstream says of it. Where the container itself is damaged and packets are missing, frames of a constant rate
// are numbered by time.

#include "film.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKET_LIMIT = 1 << 25 };

// Beside the table, while it is made.
typedef struct {
    int64_t place, sub;  // order of presentation
    int32_t packet;
} order_key;

typedef struct {
    film_packet *packets;
    int64_t *decode_times;
    order_key *keys;
    int64_t count, room;
    int gaps;       // places at which the container lost something
    int is_packed;  // MPEG-4 with two pictures in one packet, or with none
} table;

static int grow(table *t) {
    if (t->count < t->room) return 0;
    if (t->count >= PACKET_LIMIT) return -1;
    int64_t room = t->room ? 2 * t->room : 1024;
    void *packets = realloc(t->packets, room * sizeof *t->packets);
    if (packets) t->packets = packets;
    void *times = realloc(t->decode_times, room * sizeof *t->decode_times);
    if (times) t->decode_times = times;
    void *keys = realloc(t->keys, room * sizeof *t->keys);
    if (keys) t->keys = keys;
    if (!packets || !times || !keys) return -1;
    t->room = room;
    return 0;
}

// VP8 and VP9 have packets that are only referred to.
static int is_shown(enum AVCodecID codec, const uint8_t *data, int size) {
    if (size < 1) return 0;
    if (codec == AV_CODEC_ID_VP8) return data[0] >> 4 & 1;
    if (codec == AV_CODEC_ID_VP9 && data[0] >> 6 == 2) {
        int profile = (data[0] >> 5 & 1) | (data[0] >> 4 & 1) << 1;
        int bit = profile == 3 ? 2 : 3;  // of show_existing_frame, from the lowest
        // A superframe ends as it is marked and holds one frame that is shown.
        int is_superframe = (data[size - 1] & 0xE0) == 0xC0;
        return is_superframe || data[0] >> bit & 1 || data[0] >> (bit - 2) & 1;
    }
    return 1;
}

// Pictures in a packet of MPEG-4; one that only says "as before" is none.
static int pictures_of_mpeg4(const uint8_t *data, int size) {
    int pictures = 0;
    for (int i = 0; i + 12 < size; i++) pictures += !data[i] && !data[i + 1] && data[i + 2] == 1 && data[i + 3] == 0xB6;
    return pictures;
}

// Whether every packet that is shown gives one frame, so that frames are numbered by packets alone.
static int has_one_frame_each(enum AVCodecID codec, const table *t) {
    switch (codec) {
    case AV_CODEC_ID_MPEG4: return !t->is_packed;
    case AV_CODEC_ID_MPEG1VIDEO: case AV_CODEC_ID_MPEG2VIDEO: case AV_CODEC_ID_H264: case AV_CODEC_ID_HEVC: case AV_CODEC_ID_VP8: case AV_CODEC_ID_VP9: case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_MJPEG: case AV_CODEC_ID_FFV1: case AV_CODEC_ID_PRORES: case AV_CODEC_ID_DVVIDEO: return 1;
    default: return 0;
    }
}

static int compare_keys(const void *a, const void *b) {
    const order_key *p = a, *q = b;
    if (p->place != q->place) return p->place < q->place ? -1 : 1;
    if (p->sub != q->sub) return p->sub < q->sub ? -1 : 1;
    return p->packet < q->packet ? -1 : p->packet > q->packet;
}

static int compare_times(const void *a, const void *b) {
    int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
    return p < q ? -1 : p > q;
}

// Ranks from times; where a packet has none, from the bitstream's order, with the decoding times in their order.
static void rank(table *t) {
    int has_times = 1;
    for (int64_t i = 0; i < t->count; i++) {
        if (t->packets[i].rank >= 0 && t->packets[i].time == AV_NOPTS_VALUE) has_times = 0;
    }
    int64_t shown = 0, timed = 0;
    for (int64_t i = 0; i < t->count; i++) {
        if (t->packets[i].rank < 0) continue;
        order_key key = t->keys[i];
        key.packet = (int32_t)i;
        if (has_times) {
            key.place = t->packets[i].time;
            key.sub = 0;
        }
        if (t->decode_times[i] != AV_NOPTS_VALUE) t->decode_times[timed++] = t->decode_times[i];
        t->keys[shown++] = key;
    }
    qsort(t->keys, shown, sizeof *t->keys, compare_keys);
    if (!has_times && timed == shown) qsort(t->decode_times, timed, sizeof *t->decode_times, compare_times);
    for (int64_t r = 0; r < shown; r++) {
        film_packet *packet = &t->packets[t->keys[r].packet];
        packet->rank = (int32_t)r;
        if (!has_times) packet->time = timed == shown ? t->decode_times[r] : AV_NOPTS_VALUE;
    }
}

// Where packets are missing and the others come at a constant rate, ranks by time. `keys` are in order.
static int64_t rank_by_time(table *t, int64_t shown) {
    if (t->gaps == 0 || shown < 8) return shown;
    int64_t first = t->packets[t->keys[0].packet].time, even = 0;
    int64_t *steps = malloc(shown * sizeof *steps);
    if (!steps) return shown;
    for (int64_t r = 1; r < shown; r++) {
        int64_t time = t->packets[t->keys[r].packet].time;
        if (time == AV_NOPTS_VALUE) {
            free(steps);
            return shown;
        }
        steps[r - 1] = time - t->packets[t->keys[r - 1].packet].time;
    }
    qsort(steps, shown - 1, sizeof *steps, compare_times);
    double step = steps[(shown - 1) / 2], sum = 0;
    for (int64_t r = 0; r + 1 < shown; r++) {
        if (fabs(steps[r] - step) > fmax(1, step / 10)) continue;
        sum += steps[r];
        even++;
    }
    free(steps);
    if (step < 1 || even < (shown - 1) - 2 * t->gaps) return shown;
    // The mean is finer than the clock.
    step = sum / even;
    int64_t before = -1;
    for (int64_t r = 0; r < shown; r++) {
        film_packet *packet = &t->packets[t->keys[r].packet];
        int64_t number = llround((packet->time - first) / step);
        if (number <= before || number >= PACKET_LIMIT) return shown;
        before = number;
    }
    for (int64_t r = 0; r < shown; r++) {
        film_packet *packet = &t->packets[t->keys[r].packet];
        packet->rank = (int32_t)llround((packet->time - first) / step);
    }
    return before + 1;
}

// Frames that are promised, or must have been, and have no packet.
static int add_lost(table *t, int64_t rank) {
    if (grow(t) != 0) return -1;
    t->packets[t->count] = (film_packet){.time = AV_NOPTS_VALUE, .rank = (int32_t)rank, .lost = 1};
    t->count++;
    return 0;
}

// Entries behind which everything that is decoded is also shown.
static void mark_clean(table *t) {
    int32_t earliest = INT32_MAX;
    for (int64_t i = t->count - 1; i >= 0; i--) {
        film_packet *packet = &t->packets[i];
        packet->clean = packet->clean && packet->entry && packet->rank >= 0 && packet->rank < earliest;
        if (packet->rank >= 0 && packet->rank < earliest) earliest = packet->rank;
    }
}

typedef struct {
    AVCodecParserContext *parser;
    AVCodecContext *codec;
    int64_t sequence;    // grows where the order of presentation begins anew
    int64_t anchor;      // packet that the next B-frames are shown before
    int waits_for_field;
} reading;

static int add_packet(struct bw_video *video, table *t, reading *state, int is_gap) {
    const AVPacket *packet = video->packet;
    const AVStream *stream = video->format->streams[video->stream];
    enum AVCodecID codec = stream->codecpar->codec_id;
    if (grow(t) != 0) return -1;
    film_packet *entry = &t->packets[t->count];
    order_key *key = &t->keys[t->count];
    int is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    *entry = (film_packet){.time = packet->pts, .entry = is_key, .clean = 1};
    entry->rank = packet->flags & AV_PKT_FLAG_DISCARD || !is_shown(codec, packet->data, packet->size) ? -1 : 0;
    entry->broken = packet->flags & AV_PKT_FLAG_CORRUPT ? 1 : 0;
    t->decode_times[t->count] = packet->dts;
    *key = (order_key){.place = t->count};

    if (state->parser && packet->size > 0) {
        uint8_t *out;
        int size;
        av_parser_parse2(state->parser, state->codec, &out, &size, packet->data, packet->size, packet->pts, packet->dts,
                         packet->pos);
    }
    enum AVPictureType type = state->parser ? state->parser->pict_type : AV_PICTURE_TYPE_NONE;
    if (codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC) {
        film_units units = film_read_units(stream->codecpar, packet->data, packet->size);
        entry->entry = units.is_entry && units.has_picture;
        entry->clean = units.is_reset;
        if (units.is_broken || (!units.has_picture && packet->size > 64)) entry->broken = 1;
        if (!units.has_picture && !entry->broken) entry->rank = -1;
        if (units.is_reset) state->sequence = t->count;
        key->place = state->sequence;
        key->sub = state->parser ? state->parser->output_picture_number : t->count;
    } else if (type != AV_PICTURE_TYPE_NONE) {
        if (codec == AV_CODEC_ID_MPEG4 && pictures_of_mpeg4(packet->data, packet->size) != 1) t->is_packed = 1;
        if (type != AV_PICTURE_TYPE_I) entry->entry = 0;
        // A B-frame is shown before the picture that was decoded last and is none.
        if (type == AV_PICTURE_TYPE_B) {
            *key = (order_key){.place = state->anchor, .sub = t->count - INT32_MAX};
        } else {
            state->anchor = t->count;
        }
    }
    if (video->jpeg && packet->size > 0 && !film_jpeg_is_whole(video->jpeg, packet->data, packet->size)) entry->broken = 1;
    if (state->parser && (codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_MPEG2VIDEO) && entry->rank == 0) {
        int is_field = state->parser->picture_structure == AV_PICTURE_STRUCTURE_TOP_FIELD ||
                       state->parser->picture_structure == AV_PICTURE_STRUCTURE_BOTTOM_FIELD;
        if (is_field && state->waits_for_field) entry->rank = -1;
        state->waits_for_field = is_field && !state->waits_for_field;
    }
    if (is_gap) {
        t->gaps++;
        if (!entry->entry) entry->broken = 1;
    }
    t->count++;
    return 0;
}

static int read_all(struct bw_video *video, table *t) {
    AVStream *stream = video->format->streams[video->stream];
    reading state = {.parser = av_parser_init(stream->codecpar->codec_id), .codec = avcodec_alloc_context3(NULL)};
    int code = state.codec ? avcodec_parameters_to_context(state.codec, stream->codecpar) : AVERROR(ENOMEM);
    if (stream->codecpar->codec_id == AV_CODEC_ID_MJPEG && !video->jpeg) video->jpeg = film_jpeg_make();
    if (state.parser) state.parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    while (code >= 0) {
        video->sign[0] = 0;
        code = av_read_frame(video->format, video->packet);
        if (code < 0) break;
        if (video->packet->stream_index == video->stream) {
            int is_gap = video->sign[0] != 0;
            if (add_packet(video, t, &state, is_gap) != 0) code = AVERROR(ENOMEM);
        }
        av_packet_unref(video->packet);
    }
    av_parser_close(state.parser);
    avcodec_free_context(&state.codec);
    video->sign[0] = 0;
    return code;
}

int film_scan(struct bw_video *video, char *error) {
    table t = {0};
    int code = read_all(video, &t);
    const AVStream *stream = video->format->streams[video->stream];
    if (code == AVERROR(ENOMEM)) {
        film_tell(error, "it has more frames than memory holds", 0);
        goto failed;
    }
    if (code != AVERROR_EOF) film_tell(video->cut, "the file breaks off", code);
    rank(&t);
    int64_t shown = 0;
    for (int64_t i = 0; i < t.count; i++) shown += t.packets[i].rank >= 0;
    video->count = t.count;
    video->shown = rank_by_time(&t, shown);
    mark_clean(&t);
    if (video->shown > shown) {
        // The numbers that no packet has; ranks are in the order of `keys`.
        int64_t number = 0;
        for (int64_t r = 0; r < shown; r++, number++) {
            int32_t here = t.packets[t.keys[r].packet].rank;
            for (; number < here; number++) {
                if (add_lost(&t, number) != 0) goto failed;
            }
        }
    }
    video->promised = video->shown;
    int missing = strstr(video->format->iformat->name, "mp4")
                      ? avformat_index_get_entries_count(stream) - (int)video->count : 0;
    if (missing > 0 || (video->count > 0 && t.packets[video->count - 1].broken && video->cut[0] == 0)) {
        snprintf(video->cut, sizeof video->cut, "the file breaks off");
    }
    for (int i = 0; i < missing; i++) {
        if (add_lost(&t, video->promised++) != 0) goto failed;
    }
    video->packets = t.packets;
    video->total = t.count;
    free(t.decode_times);
    free(t.keys);
    if (video->shown == 0) {
        film_tell(error, "it has no frame that can be decoded", 0);
        return -1;
    }
    video->is_exact = has_one_frame_each(stream->codecpar->codec_id, &t);
    return 0;

failed:
    free(t.packets);
    free(t.decode_times);
    free(t.keys);
    if (!error[0]) film_tell(error, "it has more frames than memory holds", 0);
    return -1;
}
