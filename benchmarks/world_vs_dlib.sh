#!/usr/bin/env bash
# world_vs_dlib.sh — are the built-in world's faces faces to a detector made for photographs?
#
#   benchmarks/world_vs_dlib.sh [PIXELS [IDENTITIES]]      defaults: 128 80
#
# Draws a world, lets dlib's frontal face detector look at every real frame, and compares its 68 landmarks with the
# exact ones. Needs dlib's Python package (dlib-bin) and its 68-point model: Debian's libdlib-data, or BLENDWAY_DLIB_MODEL.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

model=${BLENDWAY_DLIB_MODEL:-/usr/share/dlib/shape_predictor_68_face_landmarks.dat}
[ -r "$model" ] || fail "$model is missing: apt-get install libdlib-data, or set BLENDWAY_DLIB_MODEL"
python=$(tools/python-env.sh numpy h5py dlib-bin opencv-python-headless)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.build/release/blendway synth --out "$work" --identities "${2:-80}" --videos 1 --frames 4 --size "${1:-128}" --seed 1 >/dev/null
"$python" benchmarks/world_vs_dlib.py "$model" "$work"/*.h5
