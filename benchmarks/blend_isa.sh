#!/usr/bin/env bash
# blend_isa.sh — blendfakes are the same bytes on any processor: compiles the blend kernels for plain x86-64,
# for AVX2 and for AVX-512, and compares what each makes of the same input. Those that this processor does
# not have are left out by name.
#
#   benchmarks/blend_isa.sh          needs clang, as Swift's toolchain brings it
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh
command -v clang >/dev/null 2>&1 || fail "clang is missing; add Swift's usr/bin to PATH"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r Sources/CKernels/include Sources/CKernels/blend_math.h Sources/CKernels/blend_*.c "$folder"
# One instruction set for all, instead of a choice when the program starts.
sed -i 's/^#define BW_CLONES .*/#define BW_CLONES/' "$folder/include/bw_dispatch.h"
first=
for set in x86-64 x86-64-v3 x86-64-v4; do
    clang -O3 -march=$set -I"$folder" -I"$folder/include" benchmarks/blend_isa.c "$folder"/blend_*.c -lm -o "$folder/$set"
    case $set in
    x86-64-v3) grep -q ' avx2' /proc/cpuinfo || { echo "$set: left out, no AVX2 here"; continue; } ;;
    x86-64-v4) grep -q ' avx512vl' /proc/cpuinfo || { echo "$set: left out, no AVX-512 here"; continue; } ;;
    esac
    result=$("$folder/$set")
    echo "$set: $result"
    [ "$result" = "${first:=$result}" ] || fail "$set makes other bytes than x86-64"
done
echo "the same bytes on all of them"
