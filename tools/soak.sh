#!/usr/bin/env bash
# soak.sh — trains a small world for hours, disturbed all the time, and sees whether anything grows that should not.
#
#   tools/soak.sh [HOURS] [SEED]       an hour, seed 1
#
# Over and over it starts the same run, each time on 1, 2 or 4 ranks, lets it go on for some seconds while the newest
# checkpoint is evaluated beside it, and ends it in one of five ways: kill -9 of one rank, kill -9 of all at once, TERM
# to a rank, USR1 to mpirun, or its own time limit. The next start resumes it.
#
# Of each start the table has: ranks, how it ended, steps done so far, the largest resident memory of a rank, the
# most open files of a rank, the run folder's size without its logs, its files, the logs' bytes a step, and what is left in
# /tmp and /dev/shm. At the end the first third of the starts is held against the last: nothing may have grown
# but the logs, and they no faster than the steps. Ends with 1 if something did, or if starts get nowhere.
# BLENDWAY names the program; WORK a folder to work in (made, and removed at the end, by default).
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

hours=${1:-1} RANDOM=${2:-1}
blendway=${BLENDWAY:-$PWD/.build/release/blendway}
[ -x "$blendway" ] || fail "there is no $blendway; build it first, or set BLENDWAY"
end=$((SECONDS + $(awk -v hours="$hours" 'BEGIN { printf "%d", hours * 3600 }')))
work=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/blendway-soak-XXXXXX")}
mkdir -p "$work/tmp"
run=$work/run table=$work/table
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
# So that what jobs leave behind is seen.
export TMPDIR=$work/tmp
job=0
# Of this run alone: other jobs on the machine are left alone.
rank_pids() { pgrep -f "^$blendway train --run-dir $run " | sort -n || true; }
# shellcheck disable=SC2317 # the trap calls it
cleanup() {
    if ((job)); then
        # shellcheck disable=SC2046
        kill -KILL "$job" $(rank_pids) 2>/dev/null || true
    fi
    [ -n "${WORK:-}" ] || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

"$blendway" synth --out "$work/data" --identities 8 --videos 1 --frames 3 --size 64 --seed 3 >/dev/null 2>&1
settings=(
    data.train="$work/data/train.h5" data.val="$work/data/val.h5" data.size=64 data.global_batch=8 model.arch=tiny
    model.feature_channels=16 model.head_channels=8 train.epochs=100000000 train.shards=8 train.threads=1 train.log_every=5
    train.checkpoint_every_steps=100 train.evaluate_every_epochs=50 train.picture_every_steps=1000 optimizer.ema=0.9
    watchdog.beat_seconds=1
)
last_step() { tail -n 1 "$run/metrics.jsonl" 2>/dev/null | sed -n 's/.*"step":\([0-9]*\).*/\1/p' | grep . || echo 0; }
count() { { find "$@" 2>/dev/null || true; } | wc -l; }

# The evaluation that ran beside the training has to have ended well.
judge() {
    if ((evaluator)); then
        wait "$evaluator" || fail "an evaluation beside the training failed: $(tail -n 2 "$work/eval.log")"
    fi
    evaluator=0
}

printf '%5s %5s %-9s %9s %7s %6s %9s %6s %10s %8s\n' \
    start ranks ended steps rss_MB files folder_KB in_it log_B/step leftover | tee "$table"
endings=(kill crash term usr1 limit) start=0 stuck=0 evaluator=0 evaluations=0
while ((SECONDS < end)); do
    start=$((start + 1))
    ranks=$((1 << RANDOM % 3)) ending=${endings[RANDOM % 5]} lasts=$((8 + RANDOM % 12))
    before=$(last_step)
    more=()
    if [ "$ending" = limit ]; then more=(--max-hours "$(awk -v s="$lasts" 'BEGIN { print (s + 20) / 3600 }')"); fi
    local_mpi_command "$ranks"
    "${mpi_command[@]}" "$blendway" train --run-dir "$run" "${settings[@]/#/--set=}" "${more[@]}" >>"$work/train.log" 2>&1 &
    job=$! memory=0 open=0
    # Its time begins when it gets on: a busy machine starts it late.
    for _ in $(seq 240); do
        if ! kill -0 "$job" 2>/dev/null || (($(last_step) > before)); then break; fi
        sleep 0.5
    done
    until=$((SECONDS + lasts))
    while kill -0 "$job" 2>/dev/null && { [ "$ending" = limit ] || ((SECONDS < until)); } && ((SECONDS < until + 60)); do
        for rank in $(rank_pids); do
            size=$(awk '{ print int($2 * 4 / 1024) }' "/proc/$rank/statm" 2>/dev/null || echo 0)
            files=$(count "/proc/$rank/fd" -mindepth 1)
            if ((size > memory)); then memory=$size; fi
            if ((files > open)); then open=$files; fi
        done
        if [ -e "$run/checkpoints/latest.h5" ] && { ((!evaluator)) || ! kill -0 "$evaluator" 2>/dev/null; }; then
            judge
            "$blendway" eval --checkpoint "$run/checkpoints/latest.h5" --data "$work/data/test-seen.h5" --threads 1 \
                --report "$work/report" --json >"$work/eval.json" 2>>"$work/eval.log" &
            evaluator=$! evaluations=$((evaluations + 1))
        fi
        sleep 0.5
    done
    pids=$(rank_pids)
    # shellcheck disable=SC2086 # one word each
    case $ending in
    kill) kill -KILL ${pids%%[!0-9]*} 2>/dev/null || true ;;
    crash) kill -KILL "$job" $pids 2>/dev/null || true ;;
    term) kill -TERM ${pids%%[!0-9]*} 2>/dev/null || true ;;
    usr1) kill -USR1 "$job" 2>/dev/null || true ;;
    esac
    wait "$job" 2>/dev/null || true
    job=0
    # Ranks whose mpirun was killed notice within a second or two.
    for _ in $(seq 50); do [ -n "$(rank_pids)" ] || break; sleep 0.1; done
    judge
    steps=$(last_step)
    logs=$({ cat "$run"/metrics.jsonl "$run"/*tfevents* "$run"/errors/rank-*.log 2>/dev/null || true; } | wc -c)
    folder=$(du -sk --exclude='*tfevents*' --exclude=metrics.jsonl --exclude='rank-*.log' "$run" | cut -f1)
    printf '%5d %5d %-9s %9d %7d %6d %9d %6d %10d %8d\n' "$start" "$ranks" "$ending" "$steps" "$memory" "$open" \
        "$folder" "$(count "$run" -type f ! -name '*tfevents*')" $((logs / (steps > 0 ? steps : 1))) \
        $(($(count "$work/tmp" -mindepth 1) + $(count /dev/shm -name 'vader_segment*'))) | tee -a "$table"
    # A busy machine may use up a start's time before its first line.
    if ((steps > before)); then stuck=0; else stuck=$((stuck + 1)); fi
    if ((stuck == 3)); then fail "three starts in a row got nowhere: $(tail -n 3 "$work/train.log")"; fi
done
echo "$start starts, $evaluations evaluations beside them, $(last_step) steps"

# Largest of the first and of the last third, by number of ranks for memory and files: more ranks need less each.
awk 'NR > 1 {
    n++; ranks[n] = $2; memory[n] = $5; files[n] = $6; folder[n] = $7; inside[n] = $8; log_step[n] = $9; left[n] = $10
}
function top(values, from, to, r,    i, best) {
    for (i = from; i <= to; i++) if ((!r || ranks[i] == r) && values[i] > best) best = values[i]
    return best + 0
}
function held(what, values, slack, r,    a, b) {
    a = top(values, 1, third, r); b = top(values, n - third + 1, n, r)
    if (a == 0 || b == 0) return
    grows = b > a * 1.1 + slack
    printf "%-34s %9d %9d  %s\n", what (r ? " on " r " ranks" : ""), a, b, grows ? "GROWS" : "flat"
    bad += grows
}
END {
    third = int(n / 3)
    if (third < 1) { print "too few starts to judge"; exit 1 }
    printf "%-34s %9s %9s\n", "largest of", "first 1/3", "last 1/3"
    for (r = 1; r <= 4; r *= 2) { held("resident memory, MB,", memory, 8, r); held("open files", files, 4, r) }
    held("run folder without logs, KB", folder, 1024, 0); held("files in it", inside, 4, 0)
    held("bytes of logs a step", log_step, 20, 0); held("leftovers in temporary folders", left, 4, 0)
    exit bad > 0
}' "$table"
