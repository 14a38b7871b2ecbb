#!/usr/bin/env bash
# demo.sh — the whole path on this machine: make data, train on MPI ranks, evaluate, report.
#
#   tools/demo.sh [demo|smoke] [RANKS]
#
# demo goes on from what an earlier one left in runs/demo. smoke takes a minute or two, starts
# afresh in runs/smoke, stops and resumes once on the way, and checks that every file is there: it
# says nothing about the detector. Needs the program built: `make demo` does that first.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

kind=${1:-demo}
ranks=${2:-2}
blendway=.build/release/blendway

case $kind in
demo) world=(--identities 120 --videos 4 --frames 6 --size 64 --seed 1) ;;
smoke) world=(--identities 8 --videos 2 --frames 3 --size 64 --seed 1) ;;
*) fail "there is no demonstration '$kind'; give demo or smoke" ;;
esac
[[ $ranks =~ ^[1-9][0-9]*$ ]] || fail "'$ranks' is no number of ranks; give 1 or more"
[ -x "$blendway" ] || fail "$blendway isn't built; run: make demo DEMO=$kind"
local_mpi_command "$ranks"
command -v "${mpi_command[0]}" >/dev/null 2>&1 || fail "${mpi_command[0]} isn't there; run: make setup"

folder=runs/$kind
data=$folder/data
run=$folder/run

# Ctrl-C must not take a training down in the middle of a step: the job is started in a process
# group of its own, which the terminal leaves alone, and gets SIGUSR1, on which the ranks save and
# end together. A second Ctrl-C, or a TERM, ends it at once.
set -m
job=
phase=
signals=0
on_signal() {
    signals=$((signals + 1))
    [ -n "$job" ] || exit 130
    if [ "$1" = INT ] && ((signals == 1)) && [ "$phase" = training ]; then
        printf '\nstopping at a checkpoint; Ctrl-C again to stop at once\n' >&2
        kill -USR1 "$job" 2>/dev/null || true
    else
        kill -TERM "$job" 2>/dev/null || true
    fi
}
trap 'on_signal INT' INT
trap 'on_signal TERM' TERM HUP
trap '[ -z "$job" ] || kill -TERM "$job" 2>/dev/null || true' EXIT

# must PHASE COMMAND…: runs it to its end, through signals; the script ends when it fails.
must() {
    local status
    phase=$1
    "${@:2}" </dev/null &
    job=$!
    while :; do
        status=0
        wait "$job" || status=$?
        # A signal ends `wait`, not the job.
        kill -0 "$job" 2>/dev/null || break
    done
    job=
    if ((status == 75)); then
        echo "stopped at a checkpoint after $(duration "$SECONDS"); the same command goes on from there"
        exit 75
    elif ((signals > 0)); then
        echo "interrupted after $(duration "$SECONDS"); the same command goes on from what is there"
        exit 130
    elif ((status != 0)); then
        fail "$phase ended with status $status after $(duration "$SECONDS"); the message above says why"
    fi
}

require_files() {
    local file
    for file in "$@"; do
        [ -s "$file" ] || fail "$file is missing or empty"
    done
}

if [ "$kind" = smoke ]; then rm -rf "$folder"; fi
mkdir -p "$folder"

heading "Data: a built-in world of procedural faces"
must "making data" "$blendway" synth --out "$data" "${world[@]}"

train=("${mpi_command[@]}" "$blendway" train --config "configs/$kind.yaml" --run-dir "$run")
if [ "$kind" = smoke ]; then
    heading "Training on $ranks ranks, the first steps"
    must training "${train[@]}" --resume none --steps 3
fi
heading "Training on $ranks ranks"
must training "${train[@]}" --resume auto

heading "Evaluation on $ranks ranks: new people; then new people and new manipulations"
must evaluation "${mpi_command[@]}" "$blendway" eval --checkpoint "$run/checkpoints/latest.h5" \
    --data "$data/test-seen.h5" "$data/test-unseen.h5"

if [ "$kind" = smoke ]; then
    require_files "$data"/{train,val,test-seen,test-unseen}.h5 "$run/config.yaml" \
        "$run/checkpoints/latest.h5" "$run/metrics.jsonl" \
        "$run"/report/{index.html,results.json,table.md}
    if grep -qvE '^\{.*"step":[0-9]+.*\}$' "$run/metrics.jsonl"; then
        fail "$run/metrics.jsonl has a line that is no record"
    fi
fi

printf '\nDone in %s. Curves and results: %s\n' "$(duration "$SECONDS")" "$run/report/index.html"
