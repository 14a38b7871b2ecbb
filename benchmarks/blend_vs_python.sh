#!/usr/bin/env bash
# blend_vs_python.sh — blendfakes by Blendway and by OpenCV with albumentations and NumPy: first whether
# both make the same pictures, then how fast each is, in turn.
#
#   benchmarks/blend_vs_python.sh [ROUNDS] [CASES]        7 rounds and 400 cases unless given
#
# Both use one core, 256×256 pixels and faces in memory; times are processor time. The Python half
# (blend_python.py) does each step
# with the fastest function of the libraries that users of such tools have; blend_oracle.py, which compares
# the pictures, is written for exactness. Gets its packages by tools/python-env.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

rounds=${1:-7}
cases=${2:-400}
blendway=.build/release/blendway
[ -x "$blendway" ] || fail "$blendway isn't built; run: make build"
python=$(tools/python-env.sh numpy scipy opencv-python-headless albumentations) || exit
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

if ((cases > 0)); then
    heading "the same pictures: $cases random faces and recipes"
    "$python" benchmarks/blend_oracle.py --program "$blendway" --cases "$cases"
fi

heading "speed: $rounds rounds in turn, one core"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for ((round = 1; round <= rounds; round++)); do
    "$blendway" bench blend --json --recipes 256 >"$folder/blendway-$round.json"
    "$python" benchmarks/blend_python.py --recipes 32 >"$folder/python-$round.json"
done
grep -m1 'model name' /proc/cpuinfo || true
"$python" benchmarks/blend_python.py --table "$folder"
