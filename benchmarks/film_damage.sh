#!/usr/bin/env bash
# film_damage.sh — how many frames of damaged films are taken as sound: films of six codecs are made, bytes of them
# changed, and what Blendway's reader gives is compared with FFmpeg's decode of the undamaged films.
#
#   benchmarks/film_damage.sh [SEEDS [PLACES [LENGTH [FILM…]]]]
#
# In each of SEEDS copies of a film, LENGTH bytes are changed at PLACES places. Without FILMs, films of moving patterns
# with noise are made, 250 frames of 640×360 with a key frame every 50. "differ" counts the frames that are told as lost,
# for what is damaged and all behind it, and those that differ and were taken as sound; "share" is the latter's.
# Needs the ffmpeg program with libx264, libx265, libvpx and SVT-AV1, clang, and Python.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

seeds=${1:-4} places=${2:-20} length=${3:-1}
for tool in ffmpeg ffprobe python3 clang pkg-config; do
    command -v "$tool" >/dev/null || fail "$tool is missing"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -ra libraries <<<"$(pkg-config --cflags --libs libavformat libavcodec libswscale libavutil libde265)"
clang -O2 -ISources/CFFmpeg/include -ISources/CFFmpeg benchmarks/film_frames.c Sources/CFFmpeg/*.c "${libraries[@]}" \
    -lm -lpthread -o "$work/film_frames"

films=("${@:4}")
if [ ${#films[@]} = 0 ]; then
    # Moving patterns over a moving picture without end, with noise: everything changes in every frame.
    ffmpeg -v error -f lavfi -i "testsrc2=s=640x360:r=25" -f lavfi -i "mandelbrot=s=640x360:r=25:end_scale=0.2:end_pts=400" \
        -filter_complex "[0][1]blend=all_mode=average,noise=alls=12:allf=t+u:all_seed=7,gblur=0.6,format=yuv420p" \
        -t 10 -c:v ffv1 "$work/source.mkv"
    encode() { ffmpeg -v error -i "$work/source.mkv" -pix_fmt yuv420p "${@:2}" "$work/$1" 2>/dev/null && films+=("$work/$1"); }
    encode h264.mp4 -c:v libx264 -preset fast -crf 26 -g 50 -threads 1
    encode hevc.mp4 -c:v libx265 -preset fast -crf 28 -x265-params log-level=none:keyint=50:pools=none
    encode mpeg4.mp4 -c:v mpeg4 -q:v 5 -g 50 -bf 2
    encode vp9.webm -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1500k -g 50
    encode av1.mp4 -c:v libsvtav1 -preset 10 -crf 40 -g 50
    encode mjpeg.avi -c:v mjpeg -q:v 5
    encode vp8.webm -c:v libvpx -deadline realtime -cpu-used 8 -b:v 1500k -g 50
    encode mpeg2.mpg -c:v mpeg2video -q:v 5 -g 50 -bf 2
fi
lscpu | sed -n 's/^Model name: *//p'
ffmpeg -version | sed -n 1p
python3 benchmarks/film_damage.py "$work/film_frames" "$seeds" "$places" "$length" "${films[@]}"
