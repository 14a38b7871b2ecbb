#!/usr/bin/env bash
# shards.sh — what a step costs with and without shards, and how long ranks wait for each other.
#
#   benchmarks/shards.sh [SIZE] [BATCH] [STEPS] [CASE…]
#
# Trains EfficientNet-B4 with everything on it, BATCH quadruples (8) of SIZE pixels (128) a step, STEPS steps
# (6) of which the first two are not counted. A case is RANKS:SHARDS; the default, "1:0 1:2 1:8 2:0 2:2 2:8",
# uses two cores: one rank with two threads, and two with one each. Prints a line a case: the median seconds of a
# step, and the shares of the time in which rank 0 waited for gradients and for statistics of others.
# BLENDWAY names the program; WORK a folder to work in (made, and removed at the end, by default).
set -euo pipefail
size=${1:-128} batch=${2:-8} steps=${3:-6}
shift $(($# < 3 ? $# : 3))
cases=("$@")
((${#cases[@]})) || cases=(1:0 1:2 1:8 2:0 2:2 2:8)
here=$(cd "$(dirname "$0")/.." && pwd)
blendway=${BLENDWAY:-$here/.build/release/blendway}
work=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/blendway-shards-XXXXXX")}
trap '[[ -n ${WORK:-} ]] || rm -rf "$work"' EXIT
mkdir -p "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
"$blendway" synth --out "$work/data" --identities 8 --videos 1 --frames 3 --size 64 --seed 3 >"$work/synth.log" 2>&1
echo "ranks shards  s/step  reduce_wait  statistics_wait  MB of rank 0"
for case in "${cases[@]}"; do
    ranks=${case%:*} shards=${case#*:} run=$work/run-${case/:/-}
    rm -rf "$run"
    mpirun -n "$ranks" --bind-to none "$blendway" train --run-dir "$run" --steps "$steps" \
        --set data.train="$work/data/train.h5" --set data.val=null --set data.size="$size" \
        --set data.global_batch="$batch" --set train.epochs=1000 --set train.log_every=1 \
        --set train.threads=$((2 / ranks)) --set train.shards="$shards" \
        --set train.checkpoint_every_steps=100000 >"$run.log" 2>&1 || { tail "$run.log" >&2; exit 1; }
    awk -v ranks="$ranks" -v shards="$shards" -v images=$((4 * batch)) '
        function field(name) { match($0, "\"" name "\":[-0-9.e]+"); return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) }
        field("step") > 2 { t[++n] = images / field("images_per_second"); reduce += field("reduce_wait"); sums += field("statistics_wait"); rss = field("rss_mb") }
        END {
            for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (t[j] < t[i]) { x = t[i]; t[i] = t[j]; t[j] = x }
            printf "%5d %6d %7.3f %11.2f%% %15.2f%% %13.0f\n", ranks, shards, t[int((n + 1) / 2)], 100 * reduce / n, 100 * sums / n, rss
        }' "$run/metrics.jsonl"
    rm -rf "$run/checkpoints"
done
