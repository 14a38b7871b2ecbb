#!/usr/bin/env bash
# bf16_accuracy.sh — does training with bfloat16 products give other detectors? Runs configs/experiment-bf16.yaml
# (or another configuration whose settings come in pairs X and X-bf16) and prints, for each pair, the paired test over
# the seeds of the best validation AUC and of the AUC on unseen manipulations. The report, with the loss curves over
# one another, is in the folder's report/index.html.
#
#   benchmarks/bf16_accuracy.sh runs/bf16                       25 minutes on two idle cores
#   benchmarks/bf16_accuracy.sh runs/bf16 OTHER.yaml [options of blendway experiment]
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

[ $# -ge 1 ] || fail "give a folder for the runs"
folder=$1
config=${2:-configs/experiment-bf16.yaml}
shift; [ $# = 0 ] || shift
[ -x .build/release/blendway ] || fail ".build/release/blendway isn't built; run: make build"
grep -m1 'model name' /proc/cpuinfo || true
.build/release/blendway experiment --config "$config" --out "$folder" "$@"
python3 benchmarks/bf16_accuracy.py "$folder"
