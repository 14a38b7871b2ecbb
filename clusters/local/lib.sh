# shellcheck shell=bash
# lib.sh — what up, down and run share: names and places of a local cluster.
#
# A cluster NAME is a switch and hosts node1 … nodeN, each a network namespace bw-NAME-…; nothing of
# it is in the machine's own network, so that several clusters may use the same addresses. All it
# writes is in $state.

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "network namespaces need root; run it as root, or in a virtual machine or container where you are"
for tool in ip tc unshare nsenter; do
    command -v "$tool" >/dev/null || fail "there is no $tool; on Debian and Ubuntu: apt-get install iproute2 util-linux"
done

name=${BLENDWAY_CLUSTER:-local}
[[ $name =~ ^[a-z0-9]{1,20}$ ]] || fail "BLENDWAY_CLUSTER is '$name'; up to 20 small letters and digits"
base=/run/blendway-clusters
state=$base/$name

namespace() { echo "bw-$name-$1"; }

# Runs a command as on a host: its network, its name, its own /dev/shm and the cluster's /etc/hosts.
enter() {
    local host=$1
    shift
    [ -e "/run/netns/$(namespace "$host")" ] || fail "there is no host $host in the cluster '$name'; bring it up with ${BASH_SOURCE[0]%/*}/up"
    # shellcheck disable=SC2016
    exec nsenter --net="/run/netns/$(namespace "$host")" unshare --uts --mount --propagation private \
        bash -c 'hostname "$0"
            mount --bind "$1/hosts" /etc/hosts
            mount -t tmpfs -o mode=1777 tmpfs /dev/shm
            if [ -e "$1/hidden-$0" ]; then
                while read -r folder; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done <"$1/hidden-$0"
            fi
            mkdir -p "$1/tmp/$0"
            export TMPDIR=$1/tmp/$0 BLENDWAY_CLUSTER=${1##*/} OMPI_MCA_plm_rsh_agent=$1/agent
            # Whatever this machine is set to, ranks of these hosts talk over their network.
            export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0
            if [ -e "$1/slurm.conf" ]; then export SLURM_CONF=$1/slurm.conf; fi
            shift
            exec "$@"' "$host" "$state" "$@"
}
