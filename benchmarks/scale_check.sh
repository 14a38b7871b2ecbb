#!/usr/bin/env bash
# scale_check.sh — the scaling model against measured steps on 2 to 4 hosts with links of set bandwidths.
#
#   benchmarks/scale_check.sh [ARCH [SIZE [IMAGES [STEPS]]]]
#
# The hosts are network namespaces (root needed, see clusters/local). They share this machine's cores: on
# each, computing is measured while all compute, so that only the network is the model's guess. Prints, for
# each case, computing alone, the measured step, the modelled one and their quotient.
set -euo pipefail
cd "$(dirname "$0")/.."

arch=${1:-efficientnet-b0} size=${2:-128} images=${3:-8} steps=${4:-5}
blendway=$PWD/.build/release/blendway
export BLENDWAY_CLUSTER=scale$$
folder=$(mktemp -d)
trap 'clusters/local/down; rm -rf "$folder"' EXIT
echo "| hosts | link | computing ms | measured ms | modelled ms | measured/modelled |"
echo "|---|---|---|---|---|---|"
for hosts in ${HOSTS:-2 3 4}; do
    for rate in ${RATES:-1000 300 100}; do
        clusters/local/up --hosts "$hosts" --rate "${rate}mbit" >/dev/null
        # Namespaces on one machine exchange a message in some 20 µs when the cores are free.
        clusters/local/run node1 mpirun --allow-run-as-root --bind-to none --mca mpi_yield_when_idle 1 \
            --hostfile "/run/blendway-clusters/$BLENDWAY_CLUSTER/hostfile" \
            "$blendway" bench scale --measure --json --arch "$arch" --size "$size" --batch "$images" --steps "$steps" \
            --bandwidth "$(awk "BEGIN { print $rate / 1000 }")" --latency "${LATENCY:-20}" >"$folder/result.json"
        python3 - "$folder/result.json" "$hosts" "$rate" <<'PYTHON'
import json, sys
result = json.load(open(sys.argv[1]))
profile, point, measured = result["profile"], result["points"][0], result["measured"]
print("| %s | %s Mbit/s | %.0f | %.0f | %.0f | %.2f |" % (
    sys.argv[2], sys.argv[3], 1e3 * point["compute_seconds"], 1e3 * measured["step_seconds"],
    1e3 * point["step_seconds"], result["over_model"]))
PYTHON
        clusters/local/down
    done
done
