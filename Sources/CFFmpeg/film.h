// film.h — what the files of this target share: an open film and the table of its packets.

#ifndef BW_FILM_H
#define BW_FILM_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <stdint.h>

enum { ERROR_LENGTH = 256, REASON_LENGTH = 160 };

/// One packet of the film, in the order of decoding.
typedef struct {
    int64_t time;       // of presentation, in the stream's time base; AV_NOPTS_VALUE when unknown
    int32_t rank;       // place in the order of presentation; −1: no frame comes of it
    uint8_t entry;      // decoding can begin here
    uint8_t clean;      // and nothing that comes later is shown before it
    uint8_t broken;     // what is in it can't be as it was written
    uint8_t lost;       // its frame is lost
    uint8_t told;       // its frame was given, or said to be lost
} film_packet;

struct bw_video {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    struct SwsContext *scaler;
    uint8_t *scratch;
    size_t scratch_size;
    char *path;
    int stream;
    int turns;  // quarter turns clockwise that the picture needs
    int64_t pixel_limit;

    film_packet *packets;
    int64_t count;     // packets
    int64_t total;     // with the entries behind them, of frames without a packet
    int64_t shown;     // frames that they give
    int64_t promised;  // frames that the file promises; more than `shown` when it is cut
    int is_exact;      // each packet that is shown gives one frame
    char cut[REASON_LENGTH];  // why the file ends before it should; empty if it doesn't

    int64_t next;      // packet to be read next
    int64_t skip_to;   // packets before this one aren't decoded
    int64_t wanted;    // frames before this number aren't asked for
    int64_t damage;    // first packet that is damaged since the last entry; −1: none
    int64_t entry;     // packet at which decoding began last
    int64_t drift;     // how much ranks run ahead of numbers
    int64_t given;     // number of the frame that was given last; −1: none
    int64_t tell;      // lost frames are told from this packet on …
    int64_t tell_end;  // … up to this one
    int64_t number;
    int64_t time;
    int draining;
    int begins_anew;   // the next frame's number is its packet's
    int marks_whole_frames;  // the decoder says in its log when a frame is whole
    int saw_whole_frame;
    struct film_jpeg *jpeg;  // of Motion JPEG only
    struct film_hevc *hevc;  // of HEVC only
    char reason[REASON_LENGTH];  // of the damage
    char sign[REASON_LENGTH];    // what a library said meanwhile; empty: nothing bad
};

/// Opens the file and its best video stream. 0, or −1 with a reason.
int film_open_stream(struct bw_video *video, char *error);
/// Makes the table of packets. 0, or −1 with a reason.
int film_scan(struct bw_video *video, char *error);

/// Messages of the libraries on this thread go to `video` until NULL is set.
void film_listen(struct bw_video *video);

/// What the NAL units of a packet of H.264 or HEVC say of it.
typedef struct {
    int has_picture;
    int is_entry;   // IDR, CRA, BLA, or a recovery point from which every picture is right
    int is_reset;   // IDR or BLA: the order of presentation begins anew
    int is_broken;  // lengths that don't add up, units of no kind, or of two kinds in one picture
} film_units;
/// Calls `take` for each unit of a packet; 0 where lengths don't add up.
int film_each_unit(const AVCodecParameters *parameters, const uint8_t *data, int size,
                   void (*take)(void *, const uint8_t *, int), void *context);
film_units film_read_units(const AVCodecParameters *parameters, const uint8_t *data, int size);

/// Whether a picture of Motion JPEG is whole; pictures of kinds that aren't read here pass. Tables stay for pictures
/// that have none. For one film; freed by `free`.
struct film_jpeg *film_jpeg_make(void);
int film_jpeg_is_whole(struct film_jpeg *jpeg, const uint8_t *data, int size);

/// A second decoder of HEVC that checks where slices end. Packets are given in order, from an entry on; `begin`
/// forgets those before.
struct film_hevc *film_hevc_make(const AVCodecParameters *parameters);
void film_hevc_begin(struct film_hevc *hevc, const AVCodecParameters *parameters);
int film_hevc_is_whole(struct film_hevc *hevc, const AVCodecParameters *parameters, const uint8_t *data, int size);
void film_hevc_free(struct film_hevc *hevc);

void film_tell(char *error, const char *what, int code);

#endif
