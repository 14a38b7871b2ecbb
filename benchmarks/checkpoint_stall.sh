#!/usr/bin/env bash
# checkpoint_stall.sh — how long a checkpoint of the published network holds up the training.
#
#   benchmarks/checkpoint_stall.sh [STEPS] [EVERY]       24 steps, a checkpoint every 6
#
# Trains EfficientNet-B4 with all heads, attention and transition blocks on 256×256 pixels, one quadruple a
# step, on one process with all cores; Adam. Prints the median seconds of a step, those of the steps behind
# a checkpoint (the copy is made behind them, and the file written), and what the update waited for the copy.
# BLENDWAY names the program; WORK a folder to work in (made, and removed at the end, by default).
set -euo pipefail
steps=${1:-24} every=${2:-6}
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
    { s = field("step"); seconds = 4 / field("images_per_second"); wait = field("checkpoint_wait") * seconds }
    s > 2 && (s - 1) % every == 0 && s > every { stalled[++m] = seconds; if (wait > longest) longest = wait; waits = waits sprintf(" %.3f", wait); next }
    s > 2 && (s - 2) % every == 0 && s > every { next }   # the file may still be written behind this one
    s > 2 { plain[++n] = seconds }
    function median(v, n,  i, j, t) { for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t } return v[int((n + 1) / 2)] }
    END {
        printf "step: median %.3f s (%d steps); behind a checkpoint: median %.3f s (%d steps)\n", a = median(plain, n), n, b = median(stalled, m), m
        printf "the update waited for the copy:%s s\n", waits
        printf "a checkpoint costs %.3f s of the training, of which %.3f s (at most) standing still\n", b - a, longest
    }' "$work/run/metrics.jsonl"
grep rss_mb "$work/run/metrics.jsonl" | tail -1 | grep -o '"rss_mb":[0-9.]*'
