# lib.sh — what the scripts here share: messages, and how to start MPI ranks on this machine.
# Sourced by them; does nothing by itself.
# shellcheck shell=bash

# A sentence on standard error, then the end with status 1.
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# 75 → "1 min 15 s".
duration() {
    if (($1 < 60)); then
        printf '%d s' "$1"
    else
        printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
    fi
}

# A heading for a phase of the work, with the time since the script's start.
heading() {
    printf '\n== %s (%s)\n' "$*" "$(duration "$SECONDS")"
}

# Puts into the array `mpi_command` what starts $1 ranks on this machine alone, whatever its MPI.
# BLENDWAY_MPIRUN names another launcher than `mpirun`.
local_mpi_command() {
    mpi_command=("${BLENDWAY_MPIRUN:-mpirun}")
    if "${mpi_command[0]}" --version 2>/dev/null | grep -q 'Open MPI'; then
        # Open MPI counts cores without their second threads and refuses more ranks than that, and
        # binding would leave the ranks a core each on a machine that has more to give.
        mpi_command+=(--oversubscribe --bind-to none)
        if [ "$(id -u)" = 0 ]; then mpi_command+=(--allow-run-as-root); fi
        # Containers often forbid a process to read another's memory; shared memory always works.
        export OMPI_MCA_btl_vader_single_copy_mechanism="${OMPI_MCA_btl_vader_single_copy_mechanism:-none}"
    fi
    mpi_command+=(-n "$1")
}
