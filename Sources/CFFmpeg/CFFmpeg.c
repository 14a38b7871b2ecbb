// CFFmpeg.c — decoding through FFmpeg's libraries: demuxer, decoder, conversion. No choice of frames here.

#include "CFFmpeg.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bw_video {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    struct SwsContext *scaler;
    uint8_t *scratch;
    size_t scratch_size;
    int stream;
    int turns;  // quarter turns clockwise that the picture needs
    int draining;
    int64_t pixel_limit;
};

enum { ERROR_LENGTH = 256 };

static void tell(char *error, const char *what, int code) {
    char reason[128];
    if (code == 0 || av_strerror(code, reason, sizeof reason) != 0) reason[0] = 0;
    snprintf(error, ERROR_LENGTH, "%s%s%s", what, reason[0] ? ": " : "", reason);
}

void bw_video_close(bw_video *video) {
    if (!video) return;
    sws_freeContext(video->scaler);
    av_frame_free(&video->frame);
    av_packet_free(&video->packet);
    avcodec_free_context(&video->codec);
    avformat_close_input(&video->format);
    free(video->scratch);
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

bw_video *bw_video_open(const char *path, int64_t pixel_limit, char *error) {
    av_log_set_level(AV_LOG_QUIET);
    bw_video *video = calloc(1, sizeof *video);
    if (!video) {
        tell(error, "no memory", 0);
        return NULL;
    }
    video->pixel_limit = pixel_limit;
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    av_dict_set(&options, "format_whitelist",
                "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,h264,hevc,m4v,mjpeg,"
                "dv,gif,ivf,yuv4mpegpipe", 0);
    char *address = av_asprintf("file:%s", path);
    int code = address ? avformat_open_input(&video->format, address, NULL, &options) : AVERROR(ENOMEM);
    av_free(address);
    av_dict_free(&options);
    if (code < 0) {
        tell(error, "it is no video that can be read", code);
        bw_video_close(video);
        return NULL;
    }
    code = avformat_find_stream_info(video->format, NULL);
    const AVCodec *decoder = NULL;
    if (code >= 0) code = av_find_best_stream(video->format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    if (code < 0 || !decoder) {
        tell(error, "it has no video stream that can be decoded", code < 0 ? code : 0);
        bw_video_close(video);
        return NULL;
    }
    video->stream = code;
    AVStream *stream = video->format->streams[video->stream];
    for (unsigned i = 0; i < video->format->nb_streams; i++) {
        if ((int)i != video->stream) video->format->streams[i]->discard = AVDISCARD_ALL;
    }
    int64_t pixels = (int64_t)stream->codecpar->width * stream->codecpar->height;
    if (stream->codecpar->width < 1 || stream->codecpar->height < 1 || pixels > pixel_limit) {
        snprintf(error, ERROR_LENGTH, "its frames are said to have %dx%d pixels", stream->codecpar->width,
                 stream->codecpar->height);
        bw_video_close(video);
        return NULL;
    }
    video->turns = quarter_turns(stream);
    video->codec = avcodec_alloc_context3(decoder);
    video->packet = av_packet_alloc();
    video->frame = av_frame_alloc();
    if (!video->codec || !video->packet || !video->frame) {
        tell(error, "no memory", 0);
        bw_video_close(video);
        return NULL;
    }
    code = avcodec_parameters_to_context(video->codec, stream->codecpar);
    // Work is shared out by video: threads here would be threads too many.
    video->codec->thread_count = 1;
    video->codec->max_pixels = pixel_limit;
    video->codec->pkt_timebase = stream->time_base;
    if (code >= 0) code = avcodec_open2(video->codec, decoder, NULL);
    if (code < 0) {
        tell(error, "its decoder can't be started", code);
        bw_video_close(video);
        return NULL;
    }
    return video;
}

int64_t bw_video_frame_count(const bw_video *video) {
    const AVStream *stream = video->format->streams[video->stream];
    if (stream->nb_frames > 0) return stream->nb_frames;
    AVRational rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
    if (rate.num <= 0 || rate.den <= 0) return 0;
    double seconds = stream->duration > 0          ? stream->duration * av_q2d(stream->time_base)
                     : video->format->duration > 0 ? video->format->duration / (double)AV_TIME_BASE
                                                   : 0;
    double count = seconds * av_q2d(rate);
    return count > 0 && count < 1e9 ? (int64_t)(count + 0.5) : 0;
}

int bw_video_next(bw_video *video, char *error) {
    for (;;) {
        int code = avcodec_receive_frame(video->codec, video->frame);
        if (code == 0) {
            if (video->frame->flags & AV_FRAME_FLAG_CORRUPT || video->frame->decode_error_flags) {
                tell(error, "a frame is damaged", 0);
                return -1;
            }
            if ((int64_t)video->frame->width * video->frame->height > video->pixel_limit) {
                tell(error, "a frame is too large", 0);
                return -1;
            }
            return 1;
        }
        if (code == AVERROR_EOF) return 0;
        if (code != AVERROR(EAGAIN)) {
            tell(error, "a frame can't be decoded", code);
            return -1;
        }
        if (video->draining) return 0;
        code = av_read_frame(video->format, video->packet);
        if (code < 0) {
            // The end, or as good as: what the decoder still holds comes out.
            video->draining = 1;
            avcodec_send_packet(video->codec, NULL);
            if (code != AVERROR_EOF) {
                tell(error, "the file breaks off", code);
                return -1;
            }
            continue;
        }
        if (video->packet->stream_index == video->stream) {
            code = avcodec_send_packet(video->codec, video->packet);
            if (code < 0 && code != AVERROR(EAGAIN)) {
                av_packet_unref(video->packet);
                tell(error, "a frame can't be decoded", code);
                return -1;
            }
        }
        av_packet_unref(video->packet);
    }
}

int bw_video_width(const bw_video *video) { return video->turns & 1 ? video->frame->height : video->frame->width; }

int bw_video_height(const bw_video *video) { return video->turns & 1 ? video->frame->width : video->frame->height; }

double bw_video_seconds(const bw_video *video) {
    int64_t time = video->frame->best_effort_timestamp;
    if (time == AV_NOPTS_VALUE) return -1;
    return time * av_q2d(video->format->streams[video->stream]->time_base);
}

// Turns [height, width, 3] clockwise by quarter turns.
static void turn(const uint8_t *from, int width, int height, int turns, uint8_t *to) {
    int new_width = turns & 1 ? height : width;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int nx = turns == 1 ? height - 1 - y : turns == 2 ? width - 1 - x : y;
            int ny = turns == 1 ? x : turns == 2 ? height - 1 - y : width - 1 - x;
            memcpy(to + ((size_t)ny * new_width + nx) * 3, from + ((size_t)y * width + x) * 3, 3);
        }
    }
}

int bw_video_rgb(bw_video *video, uint8_t *pixels, char *error) {
    const AVFrame *frame = video->frame;
    int width = frame->width, height = frame->height;
    video->scaler = sws_getCachedContext(video->scaler, width, height, frame->format, width, height, AV_PIX_FMT_RGB24,
                                         SWS_BICUBIC, NULL, NULL, NULL);
    if (!video->scaler) {
        tell(error, "its pixel format can't be converted", 0);
        return -1;
    }
    // The scaler writes whole vectors, a little beyond each line.
    int stride = (width * 3 + 63) & ~63;
    size_t size = (size_t)stride * height + 64;
    if (size > video->scratch_size) {
        free(video->scratch);
        video->scratch = malloc(size);
        video->scratch_size = video->scratch ? size : 0;
    }
    if (!video->scratch) {
        tell(error, "no memory", 0);
        return -1;
    }
    uint8_t *planes[4] = {video->scratch, NULL, NULL, NULL};
    int strides[4] = {stride, 0, 0, 0};
    if (sws_scale(video->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, height, planes, strides) !=
        height) {
        tell(error, "its pixels can't be converted", 0);
        return -1;
    }
    size_t row = (size_t)width * 3;
    if (video->turns == 0) {
        for (int y = 0; y < height; y++) memcpy(pixels + y * row, video->scratch + (size_t)y * stride, row);
        return 0;
    }
    for (int y = 1; y < height; y++) memmove(video->scratch + y * row, video->scratch + (size_t)y * stride, row);
    turn(video->scratch, width, height, video->turns, pixels);
    return 0;
}
