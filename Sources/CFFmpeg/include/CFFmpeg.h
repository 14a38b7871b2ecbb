// CFFmpeg.h — the frames of a film, one after the other, as RGB, and which of them are lost. FFmpeg's headers
// don't show here.

#ifndef BW_FFMPEG_H
#define BW_FFMPEG_H

#include <stdint.h>

typedef struct bw_video bw_video;

/// Opens the first video stream of a local file and reads through its packets once, without decoding them, so
/// that the number and the place of every frame are known before the first one is decoded. NULL with a reason in
/// `error` (256 bytes). Only containers that hold their own frames are read: no playlists, no addresses.
/// Cost: the file is read once; 24 bytes of memory a frame.
bw_video *bw_video_open(const char *path, int64_t pixel_limit, char *error);
void bw_video_close(bw_video *video);

/// Frames that the film shows, in the order of presentation; those that a cut file promises and lacks are counted.
int64_t bw_video_frame_count(const bw_video *video);

/// Frames before this number aren't asked for: stretches that hold only such ones needn't be decoded.
void bw_video_want(bw_video *video, int64_t number);

/// The next frame. 1: there is one; −1: one is lost, with the reason in `error`; 0: the end.
///
/// A frame is lost when the file or the decoder says that it is damaged, and with it all that are decoded after
/// it up to the next frame at which decoding can begin anew; see Note [What is lost with a frame] in CFFmpeg.c.
/// Lost frames are told one by one, each by its number, once it is known how far the damage reaches.
int bw_video_next(bw_video *video, char *error);

/// Of the frame that was told last, sound or lost: its place in the order of presentation, and seconds since the
/// film's beginning, −1 when unknown.
int64_t bw_video_number(const bw_video *video);
double bw_video_seconds(const bw_video *video);

/// Of the last sound frame, turned as its file says, with square pixels.
int bw_video_width(const bw_video *video);
int bw_video_height(const bw_video *video);

/// Converts that frame to RGB, [height, width, 3], by the matrix and range that the film names; see film_colour.c.
/// 0, or −1 with a reason in `error`.
int bw_video_rgb(bw_video *video, uint8_t *pixels, char *error);

#endif
