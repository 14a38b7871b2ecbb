#!/usr/bin/env bash
# parity_vs_pytorch.sh — is this the published network? One step of Blendway and of PyTorch on the same
# weights and tensors, compared number by number, in training and evaluation mode.
#
#   benchmarks/parity_vs_pytorch.sh            prodet-b4 at 256 pixels, torchvision's B0 and B4
#   benchmarks/parity_vs_pytorch.sh --short    small networks: a minute
#   benchmarks/parity_vs_pytorch.sh --bf16     prodet-b4 with bfloat16 products, beside PyTorch's autocast
#
# The published architecture is written in PyTorch from its description (parity/published.py) and gets
# random weights. PyTorch also runs in float64, which tells whose rounding a difference is. The full form
# needs 12 GB of memory and some minutes on two idle cores. Ends with 1 if a number is worse than its limit.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

form=full
case "${1:-}" in
    --short) form=short ;;
    --bf16) form=bf16 ;;
    '') ;;
    *) fail "'$1' isn't known; give --short, --bf16 or nothing" ;;
esac
blendway=$PWD/.build/release/blendway
[ -x "$blendway" ] || fail "$blendway isn't built; run: make build"
python=$(tools/python-env.sh torch torchvision timm h5py safetensors numpy)
local_mpi_command 1
# Without the number of ranks.
mpirun="${mpi_command[*]::${#mpi_command[@]}-2}"

failed=0
compare() { "$python" benchmarks/parity/compare.py --blendway "$blendway" --mpirun "$mpirun" "$@" || failed=1; }
grep -m1 'model name' /proc/cpuinfo || true
if [ "$form" = bf16 ]; then
    compare --case prodet-b4 --quadruples 2 --precision bf16
elif [ "$form" = short ]; then
    small=(--size 64 --channels 16 --hidden 8 --quadruples 3 --threads 1)
    compare --case prodet-tiny "${small[@]}"
    # Unequal shares, and an empty one.
    for ranks in 2 4; do compare --case prodet-tiny "${small[@]}" --ranks "$ranks"; done
    compare --case torchvision-b0 --size 96
    compare --case timm-b0 --size 96
else
    compare --case prodet-b4 --quadruples 2
    compare --case torchvision-b0 --size 224 --quadruples 2
    compare --case torchvision-b4 --size 256 --quadruples 1
fi
exit $failed
