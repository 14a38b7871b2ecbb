#!/usr/bin/env bash
# test.sh — every test, one suite after the other; then which took long, which were skipped and why, and the count.
#
#   tools/test.sh [arguments of swift test, such as --filter ModelTests]
#
# Builds nothing: `make test` does that first. The last line is the count alone: N passed, N failed, N skipped.
# BLENDWAY_SKIPS names a file of the reasons that may skip a test here, one a line, # for remarks: any other one is a
# failure. Without it, as on a laptop that lacks this or that, all are told and none fails.
#
# All that tests write lies below one folder of this process. What a killed run has left behind (processes, mounts,
# folders, local clusters) is swept first, by the number of the process that it belonged to.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

base=${TMPDIR:-/tmp}
own=$base/blendway-tests.$$

is_alive() { [ -d "/proc/$1" ]; }

# What belongs to a run's folder: who runs in it, what is mounted below it, and itself.
remove_run() {
    local folder=$1 environment process target
    for environment in /proc/[0-9]*/environ; do
        process=${environment//[^0-9]/}
        [ "$process" != $$ ] || continue
        if tr '\0' '\n' 2>/dev/null <"$environment" | grep -qxF "TMPDIR=$folder"; then
            kill -KILL "$process" 2>/dev/null || true
        fi
    done
    while read -r _ target _; do
        case $(printf '%b' "$target") in "$folder"/*) umount -l "$(printf '%b' "$target")" 2>/dev/null || true ;; esac
    done <<<"$(tac /proc/mounts)"
    chmod -R u+rwx "$folder" 2>/dev/null || true
    rm -rf "$folder"
}

sweep() {
    local place process swept=0
    for place in "$base"/blendway-tests.*; do
        process=${place##*.}
        if [ ! -d "$place" ] || [[ ! $process =~ ^[0-9]+$ ]] || is_alive "$process"; then continue; fi
        remove_run "$place"
        swept=$((swept + 1))
    done
    # A local cluster's name has the number of the test that brought it up.
    for place in /run/blendway-clusters/t*; do
        process=$(sed -nE 's|.*/t([0-9]+)x[a-z0-9]+$|\1|p' <<<"$place")
        if [ ! -d "$place" ] || [ -z "$process" ] || is_alive "$process"; then continue; fi
        BLENDWAY_CLUSTER=${place##*/} clusters/local/down || echo "test.sh: $place could not be taken down"
        swept=$((swept + 1))
    done
    ((swept == 0)) || echo "test.sh: swept what $swept killed runs of tests had left behind"
}

sweep
mkdir "$own"
# Some tests become another user.
chmod 1777 "$own"
export TMPDIR=$own
log=$own/log
trap 'remove_run "$own"' EXIT
trap 'exit 130' INT TERM

status=0
# In parentheses: an interrupted test run still gets its summary.
("${SWIFT:-swift}" test -c release --skip-build --disable-xctest --no-parallel "$@" 2>&1 || echo "test.sh: status $?") |
    tee "$log" || true
grep -q '^test.sh: status ' "$log" && status=1
awk -v skips="${BLENDWAY_SKIPS:-}" -v compiled="${BLENDWAY_EXTRACT:-1}" -f tools/test-summary.awk "$log" || status=1
exit "$status"
