#!/usr/bin/env bash
# restart_time.sh — how long a run under `blendway launch` stands still after a fault.
#
#   benchmarks/restart_time.sh [REPEATS]
#
# Two hosts that are network namespaces (root needed, see clusters/local), the network `tiny` on the
# smallest built-in data. Two faults: a rank is killed with KILL; a cable is cut. Prints, for each, the
# seconds until launch says so, and until the first line of metrics.jsonl of the next start.
set -euo pipefail
cd "$(dirname "$0")/.."

repeats=${1:-3}
blendway=$PWD/.build/release/blendway
export BLENDWAY_CLUSTER=restart$$
folder=$(mktemp -d)
trap 'clusters/local/down; rm -rf "$folder"' EXIT
clusters/local/up --hosts 2 >/dev/null
"$blendway" synth --out "$folder/data" --identities 8 --videos 1 --frames 3 --size 64 --seed 3 >"$folder/synth.log" 2>&1

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
lines() { if [ -e "$folder/run/metrics.jsonl" ]; then wc -l <"$folder/run/metrics.jsonl"; else echo 0; fi; }
# until SECONDS COMMAND…: waits until the command succeeds.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || { echo "$0: '$*' did not come true" >&2; tail -n 30 "$folder/log" >&2; exit 1; }
        sleep 0.05
    done
}
has_lines() { (($(lines) >= $1)); }
says() { (($(grep -c "$1" "$folder/log") >= $2)); }

for fault in kill cut; do
    for ((i = 1; i <= repeats; i++)); do
        rm -rf "$folder/run"
        options=(--hostfile "/run/blendway-clusters/$BLENDWAY_CLUSTER/hostfile" --bind-to none)
        # A host without a cable has to be left out.
        if [ "$fault" = cut ]; then options+=(--min-ranks 1); fi
        clusters/local/run node1 "$blendway" launch "${options[@]}" -- train --run-dir "$folder/run" \
            --set data.train="$folder/data/train.h5" --set data.val=null --set data.size=64 --set data.global_batch=6 \
            --set model.arch=tiny --set model.feature_channels=16 --set model.head_channels=8 \
            --set train.log_every=1 --set train.checkpoint_every_steps=20 --set train.epochs=100000 >"$folder/log" 2>&1 &
        launch=$!
        until_true 60 has_lines 30
        began=$(now)
        if [ "$fault" = kill ]; then
            for process in $(ip netns pids "bw-$BLENDWAY_CLUSTER-node2"); do
                if [ "$(cat "/proc/$process/comm" 2>/dev/null)" = blendway ]; then kill -KILL "$process"; fi
            done
        else
            ip -n "bw-$BLENDWAY_CLUSTER-switch" link set port2 down
        fi
        until_true 60 says 'starting again' 1
        noticed=$(since "$began")
        until_true 60 says 'resumed from' 1
        # The log was cut back to the checkpoint on resume: one line more is a new step.
        before=$(lines)
        until_true 60 has_lines $((before + 1))
        echo "$fault: noticed after $noticed s, training again after $(since "$began") s"
        kill -TERM "$launch"
        wait "$launch" || true
        ip -n "bw-$BLENDWAY_CLUSTER-switch" link set port2 up
        sleep 1
    done
done
