#!/usr/bin/env bash
# import_speed.sh — frames a second of `blendway import` on PNG crops of 256×256 pixels, beside what libpng
# alone decodes of them.
#
#   benchmarks/import_speed.sh [FRAMES [ROUNDS]]
#
# The crops are made of photographs with the noise of a camera, so that they compress like real ones. The
# bound is `blendway import --check`, which decodes and checks but writes nothing. Files are read once
# before: the disk is not measured.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

frames=${1:-4000}
rounds=${2:-3}
blendway=${BLENDWAY:-.build/release/blendway}
[ -x "$blendway" ] || fail "$blendway isn't built; run: swift build -c release --product blendway"
python=$(tools/python-env.sh numpy pillow scikit-image) || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" - "$work" "$frames" <<'PYTHON'
import json, os, sys
import numpy as np
from PIL import Image
import importlib.util as u
work, count = sys.argv[1], int(sys.argv[2])
photo = np.asarray(Image.open(u.find_spec("skimage").submodule_search_locations[0] + "/data/astronaut.png").convert("RGB"))[:256, 96:352]
random = np.random.default_rng(1)
videos = {}
for video in range((count + 7) // 8):
    base = f"FaceForensics++/original_sequences/youtube/c23"
    name, paths = f"{video:03d}", []
    for place in ("frames", "landmarks"):
        os.makedirs(f"{work}/{base}/{place}/{name}", exist_ok=True)
    for frame in range(8):
        image = np.clip(np.roll(photo, 5 * frame + video, 1) + random.normal(0, 1.5, photo.shape), 0, 255).astype(np.uint8)
        Image.fromarray(image).save(f"{work}/{base}/frames/{name}/{frame:03d}.png", compress_level=1)
        np.save(f"{work}/{base}/landmarks/{name}/{frame:03d}.npy", random.integers(20, 236, (81, 2)))
        paths.append(f"{base}\\frames\\{name}\\{frame:03d}.png".replace("/", "\\"))
    videos[name] = {"label": "FF-real", "frames": paths}
json.dump({"FF": {"FF-real": {"train": {"c23": videos}}}}, open(f"{work}/list.json", "w"))
PYTHON
images=$(find "$work" -name '*.png' | wc -l)
lscpu | sed -n 's/^Model name: *//p'
echo "$images frames, $(du -sm "$work" | cut -f1) MB"

# What a command comes to: by the clock, and by processor time, which other programs disturb less.
rate() {
    local times
    TIMEFORMAT='%R %U %S'
    times=$({ time "${@:2}" >/dev/null 2>&1; } 2>&1)
    awk -v n="$images" -v what="$1" '{ printf "%s: %.2f s, %.0f frames/s; %.2f ms of a core a frame\n", what, $1, n / $1, ($2 + $3) / n * 1000 }' <<<"$times"
}
import=("$blendway" import deepfakebench --root "$work" --json "$work/list.json" --split train)
"${import[@]}" --check >/dev/null 2>&1
for ((round = 1; round <= rounds; round++)); do
    rate "decoding and checking only" "${import[@]}" --check
    rate "import" "${import[@]}" --out "$work/out.h5" --force
done
