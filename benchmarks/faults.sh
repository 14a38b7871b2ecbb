#!/usr/bin/env bash
# faults.sh — disturbs a training job N times and compares what it becomes with an undisturbed run.
#
#   benchmarks/faults.sh [N] [SEED] [RANKS] [HOSTS]       50 faults, seed 1, 2 ranks, on this host
#
# The faults, in a random order that the seed decides, at random steps:
#
#   kill    kill -9 of one rank; mpirun ends the job
#   crash   kill -9 of mpirun and all ranks at once, as when a host loses power
#   stop    SIGSTOP of one rank; the watchdog has to end the job
#   term    SIGTERM to one rank; the job saves and ends with 75
#   usr1    SIGUSR1 to mpirun, which passes it on; the job saves and ends with 75
#   full    the disk is full for a while: the job has to go on; then kill -9 of one rank.
#           Needs root, for a small file system of its own, and is left out without.
#   cut     the last host's link is cut; the job has to end. With HOSTS from 2, a cluster of network
#           namespaces that clusters/local brings up (CLUSTER_TOOLS names another place); needs root.
#
# After each the same command is started again. At the end weights, optimiser and running statistics of
# both runs must be equal bit by bit.
# Prints a line a fault, seconds from the fault to the first new step by kind, and the verdict.
# BLENDWAY names the program; WORK a folder to work in (made, and removed at the end, by default).
set -euo pipefail

if [[ $(id -u) == 0 && -z ${FAULTS_UNSHARED:-} ]] && unshare -m true 2>/dev/null; then
    # Mounts are this script's own, and go with it.
    FAULTS_UNSHARED=1 exec unshare -m "$0" "$@"
fi

faults=${1:-50} seed=${2:-1} ranks=${3:-2} hosts=${4:-1}
here=$(cd "$(dirname "$0")/.." && pwd)
blendway=${BLENDWAY:-$here/.build/release/blendway}
[[ -x $blendway ]] || { echo "there is no $blendway; build it first, or set BLENDWAY" >&2; exit 1; }
work=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/blendway-faults-XXXXXX")}
mkdir -p "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
job=0
launcher=(mpirun --oversubscribe --bind-to none)
limit=4 # seconds, of the watchdog
if ((hosts > 1)); then
    tools=${CLUSTER_TOOLS:-$here/clusters/local}
    export BLENDWAY_CLUSTER=faults$$
    "$tools/up" --hosts "$hosts" --slots $(((ranks + hosts - 1) / hosts)) --rate 1gbit
    # A lost link is noticed in about ten seconds, not in minutes. Not before: what mpirun sends over a cut link, to
    # end ranks that the watchdog found late, keeps the system from probing the link for many minutes.
    limit=15
    launcher=("$tools/run" node1 "${launcher[@]}" --hostfile "/run/blendway-clusters/$BLENDWAY_CLUSTER/hostfile"
        --map-by node --mca oob_tcp_keepalive_time 4 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 5)
fi

# shellcheck disable=SC2317
cleanup() {
    if ((job)) && kill -0 "$job" 2>/dev/null; then end_job_now; fi
    # shellcheck disable=SC2015
    [[ -z ${FAULTS_UNSHARED:-} ]] || umount "$work/disturbed" 2>/dev/null || true
    if ((hosts > 1)); then "$tools/down"; fi
    [[ -n ${WORK:-} ]] || rm -rf "$work"
}
trap cleanup EXIT

# The ranks of the running job, in the order of their start.
# shellcheck disable=SC2317
rank_pids() { pgrep -f "^$blendway train --run-dir $run " | sort -n; }
# shellcheck disable=SC2317 # the trap calls it, too
end_job_now() {
    local pids
    pids=$(rank_pids || true)
    if ((hosts > 1)); then
        for ((i = 1; i <= hosts; i++)); do pids+=" $(ip netns pids "bw-$BLENDWAY_CLUSTER-node$i")"; done
    fi
    # shellcheck disable=SC2086
    kill -9 "$job" $pids 2>/dev/null || true
}
link() { ip -n "bw-$BLENDWAY_CLUSTER-switch" link set "port$hosts" "$1"; }
now() { date +%s%N; }

steps=$((faults * 30 + 20))
"$blendway" synth --out "$work/data" --identities 8 --videos 1 --frames 3 --size 64 --seed 3 >"$work/synth.log" 2>&1
# 12 samples an epoch, 6 a step.
settings=(
    --set data.train="$work/data/train.h5" --set data.val=null --set data.size=64 --set data.global_batch=6
    --set model.arch=tiny --set model.feature_channels=16 --set model.head_channels=8
    --set "train.epochs=$((steps / 2 + 1))" --set train.log_every=1 --set train.threads=1
    --set train.checkpoint_every_steps=5
    --set watchdog.beat_seconds=0.5 --set watchdog.load_seconds=$((limit + 1)) --set watchdog.step_seconds=$((limit + 1))
    --set "watchdog.forward_seconds=$limit" --set "watchdog.backward_seconds=$limit"
    --set "watchdog.reduce_seconds=$limit"
)
train() { # RUN
    "${launcher[@]}" -n "$ranks" "$blendway" train --run-dir "$1" --steps "$steps" \
        "${settings[@]}" >>"$1.log" 2>&1 &
    job=$!
}
# The last step that has a line; 0 before the first.
last_step() { tail -n 1 "$run/metrics.jsonl" 2>/dev/null | sed -n 's/.*"step":\([0-9]*\).*/\1/p' | grep . || echo 0; }
# wait_for_step N: until step N has a line or the job is gone; false then.
wait_for_step() {
    while (($(last_step) < $1)); do
        kill -0 "$job" 2>/dev/null || return 1
        sleep 0.02
    done
}
# Until the job has ended, at most 60 s; sets `status`.
wait_for_end() {
    local deadline=$((SECONDS + 60))
    while kill -0 "$job" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.02; done
    if kill -0 "$job" 2>/dev/null; then
        echo "the job did not end within 60 s of '$kind'; its log: $run.log" >&2
        exit 1
    fi
    status=0
    # The shell has something to say about jobs that are killed.
    wait "$job" 2>/dev/null || status=$?
    job=0
}

echo "undisturbed: $steps steps on $ranks ranks"
run=$work/straight
train "$run"
kind=none
while kill -0 "$job" 2>/dev/null; do sleep 0.1; done
wait "$job" || { tail -n 20 "$run.log" >&2; exit 1; }
job=0

run=$work/disturbed
kinds=(kill crash stop term usr1)
mkdir -p "$run"
if [[ -n ${FAULTS_UNSHARED:-} ]] && mount -t tmpfs -o size=24m blendway-faults "$run" 2>/dev/null; then
    kinds+=(full)
else
    echo "'full' is left out: it needs root"
fi
if ((hosts > 1)); then kinds+=(cut); fi
RANDOM=$seed
declare -A recovered=() counts=()
done_faults=0
struck=0
kind=start
at=0 ended=0
train "$run"
while :; do
    # The first step after a restart shows that training goes on.
    before=$(last_step)
    if ! wait_for_step $((before + 1)); then
        wait_for_end
        ((status == 0)) && break
        echo "the job ended with $status before a step was done; its log: $run.log" >&2
        tail -n 20 "$run.log" >&2
        exit 1
    fi
    if ((struck)); then
        seconds=$(awk "BEGIN { printf \"%.2f\", ($(now) - $struck) / 1e9 }")
        recovered[$kind]+="$seconds "
        echo "fault $done_faults: $kind at step $at, ended with $ended, training again after $seconds s"
        struck=0
    fi
    ((done_faults < faults)) || { wait_for_end; break; }
    kind=${kinds[RANDOM % ${#kinds[@]}]}
    victim=$((RANDOM % ranks + 1))
    wait_for_step $((before + 1 + RANDOM % 20)) || continue
    # Not always right behind a step's line.
    sleep "0.0$((RANDOM % 10))"
    pid=$(rank_pids | sed -n "${victim}p")
    at=$(last_step)
    case $kind in
    full)
        dd if=/dev/zero of="$run/filler" bs=64k 2>/dev/null || true
        # Long enough for several checkpoints to fail. The job must not mind.
        for ((i = 0; i < 100; i++)); do sleep 0.01; done
        kill -0 "$job" 2>/dev/null || { echo "the job did not survive a full disk" >&2; tail -n 20 "$run.log" >&2; exit 1; }
        kill -9 "$pid" 2>/dev/null || true
        struck=$(now)
        ;;
    kill) struck=$(now); kill -9 "$pid" ;;
    crash) struck=$(now); end_job_now ;;
    stop) struck=$(now); kill -STOP "$pid" ;;
    term) struck=$(now); kill -TERM "$pid" ;;
    usr1) struck=$(now); kill -USR1 "$job" ;;
    cut) struck=$(now); link down ;;
    esac
    wait_for_end
    ended=$status
    if ((hosts > 1)); then
        link up
        # What was cut off takes its time to notice.
        for ((i = 0; i < 200; i++)); do
            pgrep -f "^$blendway train --run-dir $run " >/dev/null || break
            sleep 0.1
        done
    fi
    rm -f "$run/filler"
    if ((ended == 0)); then
        echo "the run reached its end after $done_faults faults; its steps are too few" >&2
        exit 1
    fi
    case $kind in term | usr1)
        ((ended == 75)) || { echo "$kind: ended with $ended, not with 75; its log: $run.log" >&2; exit 1; } ;;
    esac
    done_faults=$((done_faults + 1))
    counts[$kind]=$((${counts[$kind]:-0} + 1))
    train "$run"
done
((status == 0)) || { echo "the last start ended with $status; its log: $run.log" >&2; tail -n 20 "$run.log" >&2; exit 1; }
if ((done_faults < faults)); then
    echo "the run reached its end after $done_faults faults; its steps are too few" >&2
    exit 1
fi

echo "seconds from the fault to the first new step (median, largest):"
for kind in "${!recovered[@]}"; do
    # shellcheck disable=SC2086
    printf '%s\n' ${recovered[$kind]} | sort -n |
        awk -v k="$kind" '{ v[NR] = $1 } END { printf "  %-6s %2d times  %6.2f  %6.2f\n", k, NR, v[int((NR + 1) / 2)], v[NR] }'
done
verdict=$("$blendway" compare "$work/straight/checkpoints/latest.h5" "$run/checkpoints/latest.h5")
if [[ $verdict != identical:* ]]; then
    echo "$verdict"
    echo "after $done_faults faults the runs differ"
    exit 1
fi
echo "after $done_faults faults 0 bits differ; ${verdict%%$'\n'*}"
