#!/usr/bin/env bash
# orientation_weight.sh — the weight of the regularizor on shared anchor statistics, chosen on the
# validation split of the built-in world: never on a test split.
#
#   benchmarks/orientation_weight.sh [FOLDER] [WEIGHTS] [SEEDS]
#   benchmarks/orientation_weight.sh runs/weights "0 0.1 0.3 1 3 10" "1 2 3"
#
# Trains one small detector per weight and seed on two ranks and prints the best validation frame AUC of
# each. About two and a half minutes a run on two idle cores.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

folder=${1:-runs/weights}
weights=${2:-0 0.1 0.3 1 3 10}
seeds=${3:-1}
blendway=.build/release/blendway
[ -x "$blendway" ] || fail "$blendway isn't built; run: make build"
local_mpi_command 2

"$blendway" synth --out "$folder/data" --identities 60 --videos 4 --frames 8 --size 64 --seed 1 >&2
grep -m1 'model name' /proc/cpuinfo || true
printf '%-10s %-6s %s\n' weight seed 'best validation frame AUC'
for weight in $weights; do
    for seed in $seeds; do
        run=$folder/weight-$weight-seed-$seed
        auc=$("${mpi_command[@]}" "$blendway" train --config configs/demo.yaml --run-dir "$run" --json \
            --set data.train="$folder/data/train.h5" --set data.val="$folder/data/val.h5" \
            --set losses.orientation="$weight" --set train.seed="$seed" --set train.epochs=5 \
            2>"$folder/train.log" | sed -n 's/.*"best_val_frame_auc" *: *\([0-9.]*\).*/\1/p')
        printf '%-10s %-6s %s\n' "$weight" "$seed" "${auc:-failed, see $folder/train.log}"
    done
done
