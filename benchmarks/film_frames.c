// film_frames.c — what Blendway's reader of films gives of a file: a line a frame, its number and the MD5 of its RGB
// pixels, or "lost" and why. For benchmarks/film_damage.sh, which compiles it with Sources/CFFmpeg.

#include <libavutil/md5.h>
#include <stdio.h>
#include <stdlib.h>

#include "CFFmpeg.h"

int main(int count, char **arguments) {
    char error[256];
    if (count != 2) return 64;
    bw_video *film = bw_video_open(arguments[1], 1 << 28, error);
    if (!film) {
        printf("refused\t%s\n", error);
        return 65;
    }
    uint8_t *pixels = NULL, digest[16];
    for (int code; (code = bw_video_next(film, error)) != 0;) {
        long long number = (long long)bw_video_number(film);
        if (code > 0) {
            size_t size = (size_t)bw_video_width(film) * bw_video_height(film) * 3;
            pixels = realloc(pixels, size);
            if (!pixels) return 1;
            if (bw_video_rgb(film, pixels, error) == 0) {
                av_md5_sum(digest, pixels, size);
                printf("%lld\t", number);
                for (int i = 0; i < 16; i++) printf("%02x", digest[i]);
                printf("\n");
                continue;
            }
        }
        printf("%lld\tlost\t%s\n", number, error);
    }
    free(pixels);
    bw_video_close(film);
    return 0;
}
