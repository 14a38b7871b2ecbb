#!/usr/bin/env bash
# corpus.sh — reads every picture and film in a folder with Blendway and compares with OpenCV, Pillow and PyAV.
#
#   tools/corpus.sh FOLDER [--frames N]
#
# Each file is read the same (pictures within one level, films within two), refused with a reason, or differs.
# Prints every file that isn't read the same, with the reason or by how much, then a table by format. Columns:
# "refused-alone" is what Pillow or PyAV reads and Blendway doesn't; "damaged" are those of them that Blendway calls
# damaged, where the others fill in what is missing; "read-alone" is what only Blendway reads; "refused" what
# Pillow refuses as well. Ends with 1 if a file crashed or hung the program or was in no list, or if less than
# 99.5 % of what isn't damaged and can be decoded is read the same.
# N frames of each film, 8 unless given; 0 is all. Not here: faces, for which see benchmarks/extract_vs_python.sh.
set -euo pipefail
folder=$(realpath "${1:?name a folder}")
shift
cd "$(dirname "$0")/.."
. tools/lib.sh

[ -d "$folder" ] || fail "$folder is no folder"
[ -x .build/release/blendway ] || fail "build first: make build"
packages=(numpy pillow opencv-python-headless av)
# HEIC needs one more; without it these files are only read, not compared.
python=$(tools/python-env.sh "${packages[@]}" pillow-heif 2>/dev/null || tools/python-env.sh "${packages[@]}") || exit
exec "$python" tools/corpus.py .build/release/blendway "$folder" "$@"
