#!/usr/bin/env bash
# step_vs_pytorch.sh — training steps and inference of EfficientNet-B4 against PyTorch and OpenVINO,
# interleaved in one sitting. Prints a table of ratios and, with --json, everything that was measured.
#
#   benchmarks/step_vs_pytorch.sh                    the whole comparison: 20 minutes, the first time 30
#   benchmarks/step_vs_pytorch.sh --without-compile  without the strongest peer, which compiles for minutes
#   benchmarks/step_vs_pytorch.sh --rounds 2 --steps 2 --threads 2
#   benchmarks/step_vs_pytorch.sh --bf16 --threads 2          also bfloat16 products, against PyTorch's autocast
#   BLENDWAY=.build-avx2/release/blendway benchmarks/step_vs_pytorch.sh --isa avx2 --threads 2
#   benchmarks/step_vs_pytorch.sh --help
#
# PyTorch, torchvision and OpenVINO go into .build-python/; see tools/python-env.sh. Needs
# 16 GB of memory, because the peers wait side by side for their turns, and an otherwise idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

if [ "${1:-}" = --help ]; then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
    exit
fi
[ -x "${BLENDWAY:=.build/release/blendway}" ] || fail "$BLENDWAY isn't built; run: make build"
export BLENDWAY
python=$(tools/python-env.sh "torch>=2.4" "torchvision>=0.19" "openvino>=2024.0") || exit
local_mpi_command 2
# Ranks on a core each: here they do not outnumber the cores.
mpi_command=("${mpi_command[@]/#none/core}")
mpi_command=("${mpi_command[@]/#--oversubscribe/--report-bindings}")
exec "$python" benchmarks/step_vs_pytorch.py --mpirun "${mpi_command[*]}" "$@"
