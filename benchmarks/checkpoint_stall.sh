#!/usr/bin/env bash
# checkpoint_stall.sh — how long a checkpoint of the published network holds up the training.
#
#   benchmarks/checkpoint_stall.sh [STEPS] [EVERY]       33 steps, a checkpoint every 8
#
# Trains EfficientNet-B4 with all heads, attention and transition blocks on 256×256 pixels, one quadruple a
# step, on one process with all cores; Adam. Prints the median seconds of a step, how much longer the four steps
# behind a checkpoint took together (the copy is made behind them, and the file written, on the same cores),
# and how long the update stood still for the copy.
# BLENDWAY names the program; WORK a folder to work in (made, and removed at the end, by default).
set -euo pipefail
steps=${1:-33} every=${2:-8}
here=$(cd "$(dirname "$0")/.." && pwd)
blendway=${BLENDWAY:-$here/.build/release/blendway}
work=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/blendway-stall-XXXXXX")}
trap '[[ -n ${WORK:-} ]] || rm -rf "$work"' EXIT
mkdir -p "$work"
"$blendway" synth --out "$work/data" --identities 8 --videos 1 --frames 3 --size 64 --seed 3 >"$work/synth.log" 2>&1
rm -rf "$work/run"
"$blendway" train --run-dir "$work/run" --steps "$steps" --set data.train="$work/data/train.h5" --set data.val=null \
    --set data.global_batch=1 --set train.epochs=100 --set train.log_every=1 --set train.checkpoint_keep=1 \
    --set train.checkpoint_every_steps="$every" >"$work/train.log" 2>&1 || { tail "$work/train.log" >&2; exit 1; }
stat -Lc 'checkpoint: %s bytes' "$work/run/checkpoints/latest.h5"
awk -v every="$every" '
    function field(name) { match($0, "\"" name "\":[-0-9.e]+"); return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) }
    # A quadruple has four images.
    { s = field("step"); seconds = 4 / field("images_per_second") }
    # The first steps warm up, and the first checkpoint touches its memory for the first time.
    s > every && (s - 1) % every == 0 { ++m; wait[m] = field("checkpoint_wait") * seconds }
    s > every && (s - 1) % every < 4 { behind[m] += seconds; next }
    s > 3 { plain[++n] = seconds }
    function median(v, n,  i, j, t) { for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t } return v[int((n + 1) / 2)] }
    END {
        step = median(plain, n)
        printf "step: median %.3f s of %d; four steps behind a checkpoint:", step, n
        for (i = 1; i <= m; i++) { printf " %+.3f", behind[i] - 4 * step; if (wait[i] > longest) longest = wait[i] }
        printf " s\nthe update stood still for the copy: %.3f s at most\n", longest
    }' "$work/run/metrics.jsonl"
grep rss_mb "$work/run/metrics.jsonl" | tail -1 | grep -o '"rss_mb":[0-9.]*'
