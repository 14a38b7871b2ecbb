// CFFmpeg.h — the frames of a video file, one after the other, as RGB. FFmpeg's headers don't show here.

#ifndef BW_FFMPEG_H
#define BW_FFMPEG_H

#include <stdint.h>

typedef struct bw_video bw_video;

/// Opens the first video stream of a local file. NULL with a reason in `error` (256 bytes).
/// Only containers that hold their own frames are read: no playlists, no addresses.
bw_video *bw_video_open(const char *path, int64_t pixel_limit, char *error);
void bw_video_close(bw_video *video);

/// Frames that the file promises, perhaps a guess from its length; 0 when unknown.
int64_t bw_video_frame_count(const bw_video *video);

/// Decodes the next frame. 1: there is one; 0: the end; −1: broken data, with a reason in `error`; later
/// frames may still come.
int bw_video_next(bw_video *video, char *error);

/// Of the frame that was decoded last, turned as its file says. Seconds are −1 when unknown.
int bw_video_width(const bw_video *video);
int bw_video_height(const bw_video *video);
double bw_video_seconds(const bw_video *video);

/// Converts that frame to RGB, [height, width, 3]. 0, or −1 with a reason in `error`.
int bw_video_rgb(bw_video *video, uint8_t *pixels, char *error);

#endif
