#!/usr/bin/env bash
# has-extraction.sh — prints 1 where the libraries for extracting faces are installed with their headers, else
# 0: what the Makefile puts into BLENDWAY_EXTRACT, unless the user has.
set -euo pipefail

has_header() { printf '#include <%s>\n' "$1" | "${CC:-cc}" -E -x "${2:-c}" - >/dev/null 2>&1; }

if pkg-config --exists libavformat libavcodec libswscale 2>/dev/null &&
    { [ -e /usr/include/dlib/image_processing.h ] || has_header dlib/image_processing.h c++; } &&
    { [ -e /usr/include/lmdb.h ] || has_header lmdb.h; }; then
    echo 1
else
    echo 0
fi
