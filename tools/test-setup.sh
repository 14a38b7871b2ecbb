#!/usr/bin/env bash
# test-setup.sh — what tests compare with and try things on, from Debian and PyPI: without it they are skipped by name.
#
#   tools/test-setup.sh
#
# As root, or through sudo, on Debian and Ubuntu; elsewhere it names what is missing and goes on. Nothing here is
# needed to build or to train.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

examples=/usr/share/doc/libdlib19.1/examples
missing() {
    has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
    [ -e /usr/share/dlib/shape_predictor_68_face_landmarks.dat ] || echo libdlib-data
    has h5dump || echo hdf5-tools
    has slurmctld && has slurmd && has srun || echo slurm-wlm
    has munged || echo munge
    has ip || echo iproute2
    has setpriv || echo util-linux
    has qemu-aarch64 || echo qemu-user
    has aarch64-linux-gnu-gcc || echo gcc-aarch64-linux-gnu
    [ -e /usr/aarch64-linux-gnu/lib/libc.a ] || echo libc6-dev-arm64-cross
    has shellcheck || echo shellcheck
    has python3 || echo python3
    python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
}

mapfile -t packages < <(missing)
photographs=no
[ -d "$examples/johns" ] && [ -d "$examples/faces" ] || photographs=missing
if ((${#packages[@]})) || [ $photographs = missing ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }; then
        apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >/dev/null; }
        echo "installing ${packages[*]}${packages[*]:+ and }dlib's example photographs"
        apt_get update || true
        # One by one: a release that lacks one of them still gets the others.
        for package in ${packages+"${packages[@]}"}; do
            apt_get install -y --no-install-recommends "$package" || echo "test-setup.sh: $package can't be installed"
        done
        if [ $photographs = missing ]; then
            # Images of containers leave documentation out, and the photographs are documentation.
            apt_get install -y --reinstall --no-install-recommends -o "DPkg::Options::=--path-include=$examples/*" \
                libdlib19.1 || echo "test-setup.sh: libdlib19.1 can't be installed"
        fi
    else
        echo "test-setup.sh: missing: ${packages[*]} $examples; have an administrator install them" >&2
    fi
fi

tools/python-env.sh numpy h5py safetensors torch torchvision onnx onnxruntime tensorboard opencv-python-headless \
    scipy scikit-video scikit-image >/dev/null || echo "test-setup.sh: without Python packages the tests that compare with them are skipped"
