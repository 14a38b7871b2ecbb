#!/usr/bin/env bash
# train.sh — trains on the hosts of a hostfile with Open MPI's mpirun; goes on where it was stopped.
#
#   HOSTFILE=hosts clusters/openmpi/train.sh CONFIG RUN_DIR [more of `blendway train`]
#
# Every host needs this folder, RUN_DIR and the datasets under the same paths, and to be reached
# by ssh without a password. TERM or INT makes the ranks save and end together with status 75,
# which says: start me again. When the program ends so by itself, at train.max_hours, that is done
# here, unless RESTART=no leaves it to a batch system.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: HOSTFILE=hosts $0 CONFIG RUN_DIR [more of 'blendway train']" >&2; exit 64; }
config=$1 run=$2
shift 2
here=$(cd "$(dirname "$0")/../.." && pwd)
blendway=${BLENDWAY:-$here/.build/release/blendway}
hostfile=${HOSTFILE:-hosts}
[ -r "$hostfile" ] || { echo "$0: there is no hostfile $hostfile; copy clusters/openmpi/hosts.example" >&2; exit 64; }

command=(mpirun --hostfile "$hostfile"
    # One rank a core, each on its own: two ranks with one thread beat one rank with two. Without
    # RANKS there are as many ranks as the hostfile has slots.
    ${RANKS:+-n "$RANKS"} --map-by core --bind-to core
    # A host that is cut off is noticed after ten seconds instead of minutes.
    --mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2 --mca oob_tcp_keepalive_probes 3)
if [ -n "${NETWORK:-}" ]; then
    # A name such as eth0 or a range such as 10.0.0.0/16, for hosts with several networks.
    command+=(--mca btl_tcp_if_include "$NETWORK" --mca oob_tcp_if_include "$NETWORK")
fi
for name in HDF5_USE_FILE_LOCKING OPENBLAS_CORETYPE; do
    if [ -n "${!name:-}" ]; then command+=(-x "$name"); fi
done
if [ "$(id -u)" = 0 ]; then command+=(--allow-run-as-root); fi
# Said, because a rank bound to one core still sees all of the host's.
command+=("$blendway" train --config "$config" --run-dir "$run" --resume auto --set train.threads=1 "$@")

# mpirun passes USR1 on to the ranks, but ends the job at once on TERM. It gets a process group of
# its own, so that the terminal's Ctrl-C doesn't reach it.
job=
restarts=0
stopping=no
stop() {
    stopping=yes
    [ -n "$job" ] || exit 75
    kill -USR1 "$job" 2>/dev/null || true
}
trap stop TERM INT USR1
set -m

while :; do
    "${command[@]}" </dev/null &
    job=$!
    while :; do
        status=0
        wait "$job" || status=$?
        # A signal ends `wait`, not the job.
        kill -0 "$job" 2>/dev/null || break
    done
    if [ "$status" != 75 ] || [ "$stopping" = yes ] || [ "${RESTART:-yes}" = no ]; then exit "$status"; fi
    restarts=$((restarts + 1))
    if ((restarts > ${MAX_RESTARTS:-100})); then
        echo "$0: stopped at a checkpoint after $((restarts - 1)) restarts, not starting again" >&2
        exit 75
    fi
    echo "$0: stopped at a checkpoint, starting again" >&2
done
