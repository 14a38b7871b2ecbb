#!/usr/bin/env bash
# train.sh — trains on the hosts of a hostfile with Open MPI's mpirun; goes on where it was stopped.
#
#   HOSTFILE=hosts clusters/openmpi/train.sh CONFIG RUN_DIR [more of `blendway train`]
#
# Every host needs this folder, RUN_DIR and the datasets under the same paths, and to be reached
# by ssh without a password. `blendway launch` does the work: it starts mpirun with the settings that
# training wants, starts it again when a rank, host or link is lost, and passes TERM and INT on, so
# that the ranks save. docs/launching.md says how. Variables that change what it does:
#
#   RANKS=N       ranks in all; without, as many as the hostfile has slots
#   MIN_RANKS=N   leave out hosts that don't answer, as long as the others have N slots
#   NETWORK=eth0  a name, or a range such as 10.0.0.0/16, for hosts with several networks
#   BIND=none     don't bind ranks to cores, on hosts that do other work as well
#   RESTART=no    end with status 75 at train.max_hours, for a batch system that starts it again
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: HOSTFILE=hosts $0 CONFIG RUN_DIR [more of 'blendway train']" >&2; exit 64; }
config=$1 run=$2
shift 2
here=$(cd "$(dirname "$0")/../.." && pwd)
blendway=${BLENDWAY:-$here/.build/release/blendway}
hostfile=${HOSTFILE:-hosts}
[ -r "$hostfile" ] || { echo "$0: there is no hostfile $hostfile; copy clusters/openmpi/hosts.example" >&2; exit 64; }

options=(--hostfile "$hostfile" ${RANKS:+-n "$RANKS"} ${MIN_RANKS:+--min-ranks "$MIN_RANKS"} ${BIND:+--bind-to "$BIND"})
if [ -n "${NETWORK:-}" ]; then
    options+=(--mca btl_tcp_if_include "$NETWORK" --mca oob_tcp_if_include "$NETWORK")
fi
if [ "${RESTART:-yes}" = no ]; then options+=(--hand-over); fi

# exec: this process is the one that gets signals.
exec "$blendway" launch "${options[@]}" -- train --config "$config" --run-dir "$run" "$@"
