#!/usr/bin/env bash
# overlap.sh — how much of the gradients' sum the backward pass hides: EfficientNet-B4, 8 images a rank,
# two hosts, 1 Gbit/s. Prints the step over computing alone; 1.00 would be all of it.
#
#   benchmarks/overlap.sh [RATE_MBIT [PAIRS [IMAGES]]]     1000 15 8
#
# The hosts are network namespaces (root needed, see clusters/local), a rank each on a core of its own;
# computing alone is measured while both compute, in the same process just before. Before and after it, plain
# sockets move as many bytes between idle hosts: what any reduction over TCP takes of the cores here.
set -euo pipefail
cd "$(dirname "$0")/.."

rate=${1:-1000} steps=${2:-15} images=${3:-8}
blendway=$PWD/.build/release/blendway
export BLENDWAY_CLUSTER=overlap$$
trap 'clusters/local/down' EXIT
clusters/local/up --hosts 2 --rate "${rate}mbit" >/dev/null
sockets() {
    command -v python3 >/dev/null || { echo "plain sockets: left out, there is no python3"; return; }
    clusters/local/run node2 timeout 120 python3 benchmarks/sockets.py node1 70 20 &
    clusters/local/run node1 timeout 120 python3 benchmarks/sockets.py listen 70 20
    wait $!
}
sockets
clusters/local/run node1 mpirun --allow-run-as-root --bind-to none --mca mpi_yield_when_idle 1 \
    --hostfile "/run/blendway-clusters/$BLENDWAY_CLUSTER/hostfile" \
    "$blendway" bench scale --measure --arch efficientnet-b4 --size "${SIZE:-256}" --batch "$images" --steps "$steps" \
    --bandwidth "$(awk "BEGIN { print $rate / 1000 }")" --latency 20
sockets
