// film_signs.c — what FFmpeg's libraries say while they work, as signs of damage.
//
// Note [Messages as signs]
// A decoder conceals what it can't read and gives the frame all the same; that it did so stands in its log more
// often than in the frame's flags. So the messages of the thread that decodes are read: an error is a sign, and so
// are a few that have a lower rank. Left out are errors about what lies beside the pictures: notes (SEI), the
// description of the display (VUI), pictures' Exif.

#include "film.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct bw_video *listener;

static int begins(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static int is_sign(int level, const char *format) {
    static const char *const harmless[] = {
        "SEI", "Overread SEI", "Overread VUI", "Invalid SEI", "VUI", "Strange VUI", "Unsupported SEI", "Truncated SEI",
        "unable to decode APP", "Unsupported", "Application has requested",
    };
    static const char *const telling[] = {
        "concealing", "EOI missing", "overread",
    };
    if (level <= AV_LOG_ERROR) {
        for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
            if (begins(format, harmless[i])) return 0;
        }
        return 1;
    }
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        if (begins(format, telling[i])) return 1;
    }
    return 0;
}

static void hear(void *context, int level, const char *format, va_list arguments) {
    struct bw_video *video = listener;
    (void)context;
    if (!video) return;
    if (begins(format, "Decoded frame with POC")) video->saw_whole_frame = 1;
    if (video->sign[0] || !is_sign(level, format)) return;
    vsnprintf(video->sign, sizeof video->sign, format, arguments);
    for (char *at = video->sign; *at; at++) {
        if ((unsigned char)*at < 32) *at = ' ';
    }
    size_t length = strlen(video->sign);
    while (length > 0 && (video->sign[length - 1] == ' ' || video->sign[length - 1] == '.')) video->sign[--length] = 0;
    if (length == 0) strcpy(video->sign, "an error without a name");
}

static void install(void) { av_log_set_callback(hear); }

void film_listen(struct bw_video *video) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    listener = video;
}
