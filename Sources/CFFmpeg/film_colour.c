// film_colour.c — a decoded frame as RGB: the film's matrix and range, high dynamic range, square pixels, turning.
//
// Note [Colours]
// The matrix and the range are those that the frame names. A frame that names no matrix is read as BT.601, whatever
// its size, and one that names no range as limited, as FFmpeg's own scaler and so most tools do (some players take
// BT.709 for high definition). The result is for a display of sRGB's curve; primaries are left as they are, except
// in high dynamic range. What has a matrix that the scaler doesn't know is refused.
//
// Note [High dynamic range]
// PQ (SMPTE ST 2084) and HLG (ARIB STD-B67) hold light far above what a screen of standard range shows. Both are
// brought to linear light where 1 is diffuse white (203 cd/m², ITU-R BT.2408), from BT.2020's primaries to BT.709's,
// through Hable's curve with the film's peak taken as 1,000 cd/m², and to the curve of BT.709's displays.

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CFFmpeg.h"
#include "film.h"

static int is_high_range(const AVFrame *frame) {
    return frame->color_trc == AVCOL_TRC_SMPTE2084 || frame->color_trc == AVCOL_TRC_ARIB_STD_B67;
}

// MARK: Square pixels

// How much wider a pixel is than high; 1 where nothing sensible is said.
static double pixel_aspect(bw_video *video) {
    AVRational aspect = av_guess_sample_aspect_ratio(video->format, video->format->streams[video->stream], video->frame);
    if (aspect.num <= 0 || aspect.den <= 0) return 1;
    double value = av_q2d(aspect);
    return value < 0.125 || value > 8 ? 1 : value;
}

// Columns of the picture with square pixels; rows stay.
static int square_width(const bw_video *video) {
    double width = floor(video->frame->width * pixel_aspect((bw_video *)video) + 0.5);
    return width < 1 ? 1 : (int)width;
}

int bw_video_width(const bw_video *video) { return video->turns & 1 ? video->frame->height : square_width(video); }

int bw_video_height(const bw_video *video) { return video->turns & 1 ? square_width(video) : video->frame->height; }

// MARK: High dynamic range

enum { CURVE = 4096 };
static float pq_light[CURVE], hlg_light[CURVE];
static uint8_t display[CURVE * 4 + 1];
static pthread_once_t curves_once = PTHREAD_ONCE_INIT;

static double hable(double x) {
    return (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.50) + 0.06) - 0.004 / 0.06;
}

static void make_curves(void) {
    for (int i = 0; i < CURVE; i++) {
        double value = i / (double)(CURVE - 1);
        // ST 2084, to cd/m².
        double p = pow(value, 1 / 78.84375);
        double light = 10000 * pow(fmax(p - 0.8359375, 0) / (18.8515625 - 18.6875 * p), 1 / 0.1593017578125);
        pq_light[i] = (float)(light / 203);
        // BT.2100's inverse OETF of HLG, scene light from 0 to 1.
        hlg_light[i] = (float)(value <= 0.5 ? value * value / 3 : (exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12);
    }
    for (int i = 0; i <= CURVE * 4; i++) {
        display[i] = (uint8_t)(255 * pow(i / (double)(CURVE * 4), 1 / 2.2) + 0.5);
    }
}

// From 16 bits a channel to 8, in place of a line.
static void map_line(const uint16_t *from, int width, int is_hlg, uint8_t *to) {
    double peak = 1000.0 / 203, white = hable(peak);
    for (int x = 0; x < width; x++) {
        double light[3];
        for (int c = 0; c < 3; c++) light[c] = (is_hlg ? hlg_light : pq_light)[from[3 * x + c] >> 4];
        if (is_hlg) {
            // The display's own curve, for a peak of 1,000 cd/m².
            double y = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
            double gain = y > 0 ? pow(y, 0.2) * peak : 0;
            for (int c = 0; c < 3; c++) light[c] *= gain;
        }
        double r = 1.660491 * light[0] - 0.587641 * light[1] - 0.072850 * light[2];
        double g = -0.124550 * light[0] + 1.132900 * light[1] - 0.008349 * light[2];
        double b = -0.018151 * light[0] - 0.100579 * light[1] + 1.118730 * light[2];
        double most = fmax(r, fmax(g, b));
        // One factor for all three channels keeps the hue.
        double factor = most > 1e-6 ? hable(fmin(most, peak)) / white / fmin(most, peak) : 0;
        if (most > peak) factor *= peak / most;
        double out[3] = {r, g, b};
        for (int c = 0; c < 3; c++) {
            double value = fmax(0, fmin(1, out[c] * factor));
            to[3 * x + c] = display[(int)(value * CURVE * 4)];
        }
    }
}

// MARK: Conversion

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

// The scaler for frames like this one; the one before is kept as long as they are alike.
static int prepare(bw_video *video, int width, enum AVPixelFormat format, char *error) {
    const AVFrame *frame = video->frame;
    const char *name = av_color_space_name(frame->colorspace);
    int is_rgb = 0;
    const AVPixFmtDescriptor *described = av_pix_fmt_desc_get(frame->format);
    if (described) is_rgb = (described->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
    switch (frame->colorspace) {
    case AVCOL_SPC_RGB: case AVCOL_SPC_BT709: case AVCOL_SPC_UNSPECIFIED: case AVCOL_SPC_RESERVED: case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG: case AVCOL_SPC_SMPTE170M: case AVCOL_SPC_SMPTE240M: case AVCOL_SPC_BT2020_NCL: break;
    default:
        if (is_rgb) break;
        snprintf(error, ERROR_LENGTH, "its colours have the matrix %s, which isn't read; convert the film with ffmpeg -vf "
                 "zscale=m=709 first", name ? name : "of an unknown number");
        return -1;
    }
    struct SwsContext *before = video->scaler;
    // Rounding and chroma as exact as the scaler has them, so that all processors give the same pixels.
    video->scaler = sws_getCachedContext(before, frame->width, frame->height, frame->format, width, frame->height, format,
                                         SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, NULL, NULL, NULL);
    if (!video->scaler) {
        film_tell(error, "its pixel format can't be converted", 0);
        return -1;
    }
    int is_full = frame->color_range == AVCOL_RANGE_JPEG || frame->format == AV_PIX_FMT_YUVJ420P ||
                  frame->format == AV_PIX_FMT_YUVJ422P || frame->format == AV_PIX_FMT_YUVJ444P ||
                  frame->format == AV_PIX_FMT_YUVJ440P || frame->format == AV_PIX_FMT_YUVJ411P;
    const int *matrix = sws_getCoefficients(frame->colorspace == AVCOL_SPC_RGB ? SWS_CS_DEFAULT : (int)frame->colorspace);
    if (!is_rgb) {
        sws_setColorspaceDetails(video->scaler, matrix, is_full, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16,
                                 1 << 16);
    }
    return 0;
}

int bw_video_rgb(bw_video *video, uint8_t *pixels, char *error) {
    const AVFrame *frame = video->frame;
    int width = square_width(video), height = frame->height, is_high = is_high_range(frame);
    if (prepare(video, width, is_high ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24, error) != 0) return -1;
    // The scaler writes whole vectors, a little beyond each line.
    size_t pixel = is_high ? 6 : 3, row = (size_t)width * 3, stride = (width * pixel + 63) & ~(size_t)63;
    size_t size = stride * height + 64;
    if (size > video->scratch_size) {
        free(video->scratch);
        video->scratch = malloc(size);
        video->scratch_size = video->scratch ? size : 0;
    }
    if (!video->scratch) {
        film_tell(error, "no memory", 0);
        return -1;
    }
    uint8_t *planes[4] = {video->scratch, NULL, NULL, NULL};
    int strides[4] = {(int)stride, 0, 0, 0};
    film_listen(video);
    int rows = sws_scale(video->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, height, planes, strides);
    film_listen(NULL);
    if (rows != height) {
        film_tell(error, "its pixels can't be converted", 0);
        return -1;
    }
    uint8_t *to = video->turns == 0 ? pixels : video->scratch;
    if (is_high) {
        pthread_once(&curves_once, make_curves);
        int is_hlg = frame->color_trc == AVCOL_TRC_ARIB_STD_B67;
        // In place: a line of 8 bits ends before the next one of 16 begins.
        for (int y = 0; y < height; y++) {
            map_line((const uint16_t *)(video->scratch + y * stride), width, is_hlg, to + y * row);
        }
    } else {
        for (int y = 0; y < height; y++) memmove(to + y * row, video->scratch + y * stride, row);
    }
    if (video->turns != 0) turn(video->scratch, width, height, video->turns, pixels);
    return 0;
}
