// CFFmpeg.c — decoding through FFmpeg's libraries: which frames are sound, and which are lost. The table of packets
// is film_scan.c's, signs of damage are film_signs.c's, colours are film_colour.c's. No choice of frames here.
//
// Note [What is lost with a frame]
// Frames build on those that were decoded before. So where a packet is damaged, its frame is lost and with it every
// frame that is decoded later, up to the next packet at which decoding can begin anew (an entry: an IDR picture, a
// key frame), and those that are decoded behind an entry but shown before it. Frames that were decoded before the
// damaged packet are sound, also when they are shown later. The decoder is emptied and begins anew at the entry, so
// that nothing damaged stays in it. Packets that are lost anyway aren't decoded.

#include "CFFmpeg.h"

#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "film.h"

void film_tell(char *error, const char *what, int code) {
    char reason[96];
    if (code == 0 || av_strerror(code, reason, sizeof reason) != 0) reason[0] = 0;
    snprintf(error, REASON_LENGTH, "%s%s%s", what, reason[0] ? ": " : "", reason);
}

static void close_stream(bw_video *video) {
    avcodec_free_context(&video->codec);
    avformat_close_input(&video->format);
}

void bw_video_close(bw_video *video) {
    if (!video) return;
    sws_freeContext(video->scaler);
    av_frame_free(&video->frame);
    av_packet_free(&video->packet);
    close_stream(video);
    free(video->packets);
    free(video->jpeg);
    film_hevc_free(video->hevc);
    free(video->scratch);
    free(video->path);
    free(video);
}

static int quarter_turns(const AVStream *stream) {
    const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
    if (!matrix) return 0;
    double degrees = av_display_rotation_get((const int32_t *)matrix);
    if (!isfinite(degrees)) return 0;
    // The matrix turns counterclockwise by this much.
    int turns = (int)lround(-degrees / 90) % 4;
    return turns < 0 ? turns + 4 : turns;
}

static int open_decoder(bw_video *video, const AVCodec *decoder, char *error) {
    AVStream *stream = video->format->streams[video->stream];
    // libvpx notices when a tile is read beyond its end, and what builds on it; FFmpeg's own decoders don't.
    enum AVCodecID id = stream->codecpar->codec_id;
    const char *strict = id == AV_CODEC_ID_VP9 ? "libvpx-vp9" : id == AV_CODEC_ID_VP8 ? "libvpx" : NULL;
    if (strict && avcodec_find_decoder_by_name(strict)) decoder = avcodec_find_decoder_by_name(strict);
    video->codec = avcodec_alloc_context3(decoder);
    if (!video->codec) {
        film_tell(error, "no memory", 0);
        return -1;
    }
    int code = avcodec_parameters_to_context(video->codec, stream->codecpar);
    // Work is shared out by video: threads here would be threads too many, and a message is of the packet that was
    // sent last only without them.
    video->codec->thread_count = 1;
    video->codec->max_pixels = video->pixel_limit;
    video->codec->pkt_timebase = stream->time_base;
    // Every check there is, but decoding goes on: what they find is a sign (film_signs.c).
    video->codec->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_CAREFUL;
    AVDictionary *options = NULL;
    // dav1d reads what stands behind a tile's last symbol only when it is strict.
    if (id == AV_CODEC_ID_AV1) av_dict_set(&options, "strict", "strict", 0);
    if (code >= 0) code = avcodec_open2(video->codec, decoder, &options);
    av_dict_free(&options);
    if (code < 0) {
        film_tell(error, "its decoder can't be started", code);
        return -1;
    }
    return 0;
}

int film_open_stream(bw_video *video, char *error) {
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    av_dict_set(&options, "format_whitelist",
                "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,h264,hevc,m4v,mjpeg,"
                "dv,gif,ivf,obu,yuv4mpegpipe", 0);
    char *address = av_asprintf("file:%s", video->path);
    int code = address ? avformat_open_input(&video->format, address, NULL, &options) : AVERROR(ENOMEM);
    av_free(address);
    av_dict_free(&options);
    if (code < 0) {
        if (video->sign[0]) {
            snprintf(error, ERROR_LENGTH, "it is no video that can be read: %s", video->sign);
        } else {
            film_tell(error, "it is no video that can be read", code);
        }
        return -1;
    }
    code = avformat_find_stream_info(video->format, NULL);
    const AVCodec *decoder = NULL;
    if (code >= 0) code = av_find_best_stream(video->format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    if (code < 0 || !decoder) {
        film_tell(error, "it has no video stream that can be decoded", code < 0 ? code : 0);
        return -1;
    }
    video->stream = code;
    AVStream *stream = video->format->streams[video->stream];
    for (unsigned i = 0; i < video->format->nb_streams; i++) {
        if ((int)i != video->stream) video->format->streams[i]->discard = AVDISCARD_ALL;
    }
    int64_t pixels = (int64_t)stream->codecpar->width * stream->codecpar->height;
    if (stream->codecpar->width < 1 || stream->codecpar->height < 1 || pixels > video->pixel_limit) {
        snprintf(error, ERROR_LENGTH, "its frames are said to have %dx%d pixels", stream->codecpar->width,
                 stream->codecpar->height);
        return -1;
    }
    video->turns = quarter_turns(stream);
    video->sign[0] = 0;
    return open_decoder(video, decoder, error);
}

static int64_t entry_from(const bw_video *video, int64_t packet) {
    while (packet < video->count && !video->packets[packet].entry) packet++;
    return packet;
}

bw_video *bw_video_open(const char *path, int64_t pixel_limit, char *error) {
    error[0] = 0;
    bw_video *video = calloc(1, sizeof *video);
    if (video) {
        video->path = strdup(path);
        video->packet = av_packet_alloc();
        video->frame = av_frame_alloc();
    }
    if (!video || !video->path || !video->packet || !video->frame) {
        film_tell(error, "no memory", 0);
        bw_video_close(video);
        return NULL;
    }
    video->pixel_limit = pixel_limit;
    video->damage = video->number = video->given = -1;
    film_listen(video);
    // Twice: not every container can be read again from its beginning.
    int code = film_open_stream(video, error);
    if (code == 0) code = film_scan(video, error);
    if (code == 0) {
        close_stream(video);
        code = film_open_stream(video, error);
    }
    film_listen(NULL);
    if (code != 0) {
        bw_video_close(video);
        return NULL;
    }
    const AVCodecParameters *parameters = video->format->streams[video->stream]->codecpar;
    if (parameters->codec_id == AV_CODEC_ID_HEVC) video->hevc = film_hevc_make(parameters);
    // What comes before the first entry was cut off from what it builds on.
    int64_t first = entry_from(video, 0);
    if (first == video->count) first = 0;
    for (int64_t i = 0; i < first; i++) video->packets[i].lost = video->packets[i].rank >= 0;
    video->entry = video->skip_to = first;
    if (first > 0) {
        film_tell(video->reason, "it comes before the film's first key frame", 0);
        video->tell_end = first;
    }
    return video;
}

int64_t bw_video_frame_count(const bw_video *video) { return video->promised; }

void bw_video_want(bw_video *video, int64_t number) { video->wanted = number; }

int64_t bw_video_number(const bw_video *video) { return video->number; }

// Notes that a packet is damaged; the earliest in the order of decoding counts.
static void note_damage(bw_video *video, int64_t packet, const char *reason) {
    if (packet < 0) packet = 0;
    if (video->damage >= 0 && video->damage <= packet) return;
    video->damage = packet;
    snprintf(video->reason, sizeof video->reason, "%s", reason);
}

// Shown before the entry that decoding began at, but decoded behind it: it may build on what came before.
static int is_leading(const bw_video *video, int64_t packet) {
    return packet > video->entry && video->packets[packet].rank >= 0 &&
           video->packets[packet].rank < video->packets[video->entry].rank;
}

// After the decoder is empty: everything from the damaged packet to the next entry is lost.
static void begin_anew(bw_video *video) {
    int64_t from = video->damage, entry = entry_from(video, from + 1);
    avcodec_flush_buffers(video->codec);
    if (video->hevc) film_hevc_begin(video->hevc, video->format->streams[video->stream]->codecpar);
    for (int64_t i = from; i < entry; i++) video->packets[i].lost = video->packets[i].rank >= 0;
    video->tell = from;
    video->tell_end = entry;
    video->damage = -1;
    if (entry < video->count) {
        video->entry = entry;
        int64_t i = entry + 1;
        for (; i < video->count && !video->packets[i].entry; i++) {
            if (is_leading(video, i)) {
                video->packets[i].lost = 1;
                video->tell_end = i + 1;
            }
        }
    }
    video->skip_to = entry;
    video->draining = 0;
    video->begins_anew = 1;
}

// The next packet to the decoder, or the end.
static void feed(bw_video *video) {
    int64_t packet = video->next;
    if (packet < video->count && packet >= video->skip_to && video->packets[packet].clean &&
        video->packets[packet].rank - video->drift < video->wanted) {
        // Nothing is asked for before a later clean entry: on from there.
        int64_t later = packet;
        for (int64_t i = packet + 1; i < video->count; i++) {
            if (!video->packets[i].clean) continue;
            if (video->packets[i].rank - video->drift > video->wanted) break;
            later = i;
        }
        if (later > packet) {
            video->skip_to = video->entry = later;
            video->begins_anew = 1;
        }
    }
    int code = packet < video->count ? av_read_frame(video->format, video->packet) : AVERROR_EOF;
    if (code < 0) {
        video->next = video->count;
        video->draining = 1;
        avcodec_send_packet(video->codec, NULL);
        return;
    }
    if (video->packet->stream_index != video->stream) {
        av_packet_unref(video->packet);
        return;
    }
    video->next = packet + 1;
    video->sign[0] = 0;
    if (packet < video->skip_to) {
        av_packet_unref(video->packet);
        return;
    }
    if (packet == video->skip_to) video->entry = packet;
    const film_packet *entry = &video->packets[packet];
    if (entry->broken || video->packet->flags & AV_PKT_FLAG_CORRUPT) {
        av_packet_unref(video->packet);
        note_damage(video, packet, "the file is damaged there");
        return;
    }
    if (video->hevc && !is_leading(video, packet) &&
        !film_hevc_is_whole(video->hevc, video->format->streams[video->stream]->codecpar, video->packet->data,
                            video->packet->size)) {
        av_packet_unref(video->packet);
        note_damage(video, packet, "its slices don't end where they should");
        return;
    }
    // The decoder hands times through to the frames: the packet's number tells which packet a frame is of.
    video->packet->pts = video->packet->dts = packet;
    video->saw_whole_frame = 0;
    code = avcodec_send_packet(video->codec, video->packet);
    av_packet_unref(video->packet);
    if (is_leading(video, packet)) return;
    if (video->sign[0]) note_damage(video, packet, video->sign);
    if (code < 0 && code != AVERROR(EAGAIN)) {
        film_tell(video->sign, "it can't be decoded", code);
        note_damage(video, packet, video->sign);
    }
    // HEVC's decoder says when it has seen the last block of a picture; what ends earlier isn't whole.
    if (video->saw_whole_frame) video->marks_whole_frames = 1;
    if (video->marks_whole_frames && !video->saw_whole_frame && entry->rank >= 0) {
        note_damage(video, packet, "its picture isn't whole");
    }
}

// Which frame came out; 1 when it is to be given.
static int take_frame(bw_video *video) {
    AVFrame *frame = video->frame;
    int64_t packet = frame->pts;
    if (packet < 0 || packet >= video->count) packet = frame->pts = video->next - 1;
    film_packet *entry = &video->packets[packet];
    if (is_leading(video, packet)) return 0;
    if (frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags) {
        note_damage(video, packet, "the decoder says that it is damaged");
    }
    if ((int64_t)frame->width * frame->height > video->pixel_limit) note_damage(video, packet, "it is too large");
    if (video->damage >= 0 && packet >= video->damage) return 0;
    if (entry->told || entry->lost) return 0;
    entry->told = 1;
    video->time = entry->time;
    if (video->is_exact && entry->rank >= 0) {
        video->number = entry->rank;
    } else {
        // Packets and frames don't correspond one to one: counted, but behind a lost stretch by the packets.
        int64_t by_packets = entry->rank - video->drift;
        int is_behind = video->begins_anew && by_packets > video->given;
        video->number = is_behind ? by_packets : video->given + 1;
        if (!is_behind) video->drift = entry->rank - video->number;
    }
    video->begins_anew = 0;
    video->given = video->number;
    return 1;
}

static int tell_lost(bw_video *video, char *error) {
    while (video->tell < video->tell_end) {
        film_packet *entry = &video->packets[video->tell++];
        if (!entry->lost || entry->told) continue;
        entry->told = 1;
        video->number = entry->rank - video->drift;
        video->time = entry->time;
        if (video->number < 0) continue;
        snprintf(error, ERROR_LENGTH, "%s", video->reason);
        return -1;
    }
    return 0;
}

static int advance(bw_video *video, char *error) {
    for (;;) {
        if (tell_lost(video, error) != 0) return -1;
        int code = avcodec_receive_frame(video->codec, video->frame);
        if (code == 0) {
            if (take_frame(video)) return 1;
        } else if (code == AVERROR_EOF) {
            if (video->damage >= 0) {
                begin_anew(video);
                continue;
            }
            if (video->tell_end < video->total) {
                // The end: what was promised and isn't there.
                snprintf(video->reason, sizeof video->reason, "%s",
                         video->cut[0] ? video->cut : "the file is damaged there");
                video->tell = video->count;
                video->tell_end = video->total;
                continue;
            }
            return 0;
        } else if (code == AVERROR(EAGAIN)) {
            if (video->damage >= 0 && !video->draining) {
                video->draining = 1;
                avcodec_send_packet(video->codec, NULL);
            } else {
                feed(video);
            }
        } else {
            film_tell(video->sign, "it can't be decoded", code);
            note_damage(video, video->next - 1, video->sign);
            if (video->draining) begin_anew(video);
        }
    }
}

int bw_video_next(bw_video *video, char *error) {
    film_listen(video);
    int result = advance(video, error);
    film_listen(NULL);
    return result;
}

double bw_video_seconds(const bw_video *video) {
    if (video->time == AV_NOPTS_VALUE) return -1;
    return video->time * av_q2d(video->format->streams[video->stream]->time_base);
}
