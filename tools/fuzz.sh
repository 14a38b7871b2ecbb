#!/usr/bin/env bash
# fuzz.sh — feeds mutated files to every reader of foreign ones for a while: arrays, pictures of
# every format, lists, packed landmarks, paths, safetensors, and where they are built in, LMDBs and videos.
#
#   tools/fuzz.sh [SECONDS [SEED]]
#
# SECONDS is for each reader, 60 unless given; another SEED makes other mutations. The readers run in the
# test suite for a second or two each; this is for after a change to one of them. A reader is found by the
# name of its suite, which ends in FuzzTests.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

export BLENDWAY_FUZZ_SECONDS=${1:-60}
export BLENDWAY_FUZZ_SEED=${2:-$RANDOM}
[[ $BLENDWAY_FUZZ_SECONDS =~ ^[0-9]+$ ]] || fail "'$BLENDWAY_FUZZ_SECONDS' is no number of seconds"
echo "seed $BLENDWAY_FUZZ_SEED"
"${SWIFT:-swift}" build -c release --build-tests
"${SWIFT:-swift}" test -c release --skip-build --disable-xctest --filter FuzzTests
