#!/usr/bin/env bash
# make.sh PROGRAM FOLDER: the golden files of a release, written by that release.
#
# Run once for each release whose formats differ from those before, with its own program; the files are
# committed, and GoldenFileTests reads them ever after. Prints the numbers that the tests hold on to.
set -euo pipefail
program=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$program" synth --out world --identities 8 --videos 1 --frames 1 --size 64 --seed 11 >/dev/null 2>&1
# SGD has one number of state a weight where Adam has two, and this is most of the file.
settings=(setting=prodet data.train=world/train.h5 data.val=world/val.h5 data.size=32 data.global_batch=3
    model.arch=tiny model.feature_channels=8 model.head_channels=4 optimizer.name=sgd optimizer.lr=3e-2
    model.batch_norm.momentum=0.5 optimizer.clip_norm=1 train.epochs=12 train.log_every=1 train.threads=1 train.tensorboard=false)
"$program" train --run-dir run "${settings[@]/#/--set=}" --steps 12 2>/dev/null
"$program" eval --checkpoint run/checkpoints/latest.h5 --data world/test-seen.h5 --json --report report \
    --threads 1 2>/dev/null >eval.json
cat report/videos.csv

"${BLENDWAY_PYTHON:-python3}" "$here/make_h5py.py" h5py.h5
cp -L run/checkpoints/latest.h5 checkpoint.h5
cp world/train.h5 dataset.h5
cp world/test-seen.h5 judged.h5
for file in checkpoint dataset judged h5py; do
    "$program" inspect "$file.h5" --verify | grep "content hash"
    gzip -9nc "$file.h5" >"$folder/$file.h5.gz"
done
ls -l "$folder"
