#!/usr/bin/env bash
# setup.sh — installs what Blendway needs from the system and isn't there; checks for Swift.
#
# On Debian and Ubuntu it installs by itself, as root or through sudo. Elsewhere it names the
# packages. Quiet when nothing is missing. Not here: Swift itself, which has an installer of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

[ "$(uname)" = Linux ] ||
    fail "Blendway runs on Linux; on $(uname) use a Linux virtual machine or container"

swift=${SWIFT:-swift}
# The names under which Package.swift asks pkg-config; a user may have set others.
mpi=${BLENDWAY_MPI_PKG:-mpi}
hdf5=${BLENDWAY_HDF5_PKG:-hdf5-serial}
blas=${BLENDWAY_BLAS_PKG:-openblas}

# Which parts are missing, one word each, in the order of the package tables below.
missing_parts() {
    has() { command -v "$1" >/dev/null 2>&1; }
    library() { pkg-config --exists "$1" 2>/dev/null; }
    has pkg-config || echo pkg-config
    has "${BLENDWAY_MPIRUN:-mpirun}" || echo mpirun
    library "$mpi" || echo mpi
    library "$blas" || echo blas
    library "$hdf5" || echo hdf5
    library libjpeg || echo jpeg
    library libpng || echo png
    has git || echo git
    library libcrypto || echo crypto
    # Only with the extraction of faces; training needs none of these.
    if [[ ! ${BLENDWAY_EXTRACT:-1} =~ ^(0|no|false)$ ]]; then
        { library libavformat && library libavcodec && library libswscale; } || echo ffmpeg
        library libde265 || echo de265
        compgen -G '/usr/include/dlib/image_processing.h' >/dev/null || echo dlib
        library lmdb || [ -e /usr/include/lmdb.h ] || echo lmdb
        library libwebpdemux || echo webp
        library libtiff-4 || echo tiff
        library libopenjp2 || echo openjpeg
        library libavif || echo avif
        library libheif || echo heif
    fi
    # Swift brings its own compiler and linker, but not the headers of the C and C++ libraries.
    if ! compgen -G '/usr/include/c++/*/cstdint' >/dev/null || [ ! -e /usr/include/stdio.h ]; then echo c++; fi
}

known_to_apt() {
    LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep 'Candidate:' | grep -qv '(none)'
}

debian_packages() {
    local part
    for part in "$@"; do
        case $part in
        pkg-config) echo pkg-config ;;
        mpirun) echo openmpi-bin ;;
        mpi) echo libopenmpi-dev ;;
        blas) echo libopenblas-dev ;;
        hdf5) echo libhdf5-dev ;;
        jpeg) echo libjpeg-dev ;;
        png) echo libpng-dev ;;
        crypto) echo libssl-dev ;;
        git) echo git ;;
        ffmpeg) printf "%s\n" libavformat-dev libavcodec-dev libswscale-dev ;;
        de265) echo libde265-dev ;;
        dlib) echo libdlib-dev ;;
        lmdb) echo liblmdb-dev ;;
        webp) echo libwebp-dev ;;
        tiff) echo libtiff-dev ;;
        openjpeg) echo libopenjp2-7-dev ;;
        avif) echo libavif-dev ;;
        heif)
            echo libheif-dev
            # Where its decoders are packages of their own, the one for HEVC.
            if known_to_apt libheif-plugin-libde265; then echo libheif-plugin-libde265; fi
            ;;
        c++) echo g++ ;;
        esac
    done
}

install_on_debian() {
    local as_root=() packages package
    mapfile -t packages < <(debian_packages "$@")
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "${packages[*]} missing and neither root nor sudo here; have them installed by: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }

    echo "installing ${packages[*]}"
    # A fresh image has no package lists, and old lists name versions that are gone.
    for package in "${packages[@]}"; do
        if ! known_to_apt "$package"; then
            apt_get update
            mapfile -t packages < <(debian_packages "$@")
            break
        fi
    done
    apt_get install -y --no-install-recommends "${packages[@]}" >/dev/null ||
        { apt_get update && apt_get install -y --no-install-recommends "${packages[@]}" >/dev/null; } ||
        fail "apt-get could not install ${packages[*]}; see its message above (on Ubuntu they are in the 'universe' part)"
}

name_packages_elsewhere() {
    local system="this system" advice="Open MPI or MPICH, OpenBLAS, HDF5, libjpeg-turbo, libpng, OpenSSL with their headers, and pkg-config"
    local extraction="FFmpeg, dlib, LMDB, libwebp, libtiff, OpenJPEG, libavif, libheif with their headers"
    local names=""
    if [ -r /etc/os-release ]; then
        # shellcheck disable=SC1091
        system=$(. /etc/os-release && echo "${NAME:-this system}")
        # shellcheck disable=SC1091
        case $(. /etc/os-release && echo " ${ID:-} ${ID_LIKE:-} ") in
        *" fedora "* | *" rhel "*)
            advice="dnf install openmpi-devel openblas-devel hdf5-devel libjpeg-turbo-devel libpng-devel openssl-devel pkgconf-pkg-config git gcc-c++, then: module load mpi"
            extraction="dnf install ffmpeg-free-devel dlib-devel lmdb-devel libwebp-devel libtiff-devel openjpeg2-devel libavif-devel libheif-devel"
            names="BLENDWAY_MPI_PKG=ompi BLENDWAY_HDF5_PKG=hdf5"
            ;;
        *" arch "*)
            advice="pacman -S openmpi openblas hdf5 libjpeg-turbo libpng openssl pkgconf git gcc"
            extraction="pacman -S ffmpeg dlib lmdb libwebp libtiff openjpeg2 libavif libheif"
            names="BLENDWAY_MPI_PKG=ompi BLENDWAY_HDF5_PKG=hdf5"
            ;;
        *" suse "*)
            advice="zypper install openmpi4-devel openblas-devel hdf5-devel libjpeg8-devel libpng16-devel libopenssl-devel pkgconf git gcc-c++"
            extraction="zypper install ffmpeg-devel dlib-devel lmdb-devel libwebp-devel libtiff-devel openjpeg2-devel libavif-devel libheif-devel"
            names="BLENDWAY_MPI_PKG=ompi BLENDWAY_HDF5_PKG=hdf5"
            ;;
        esac
    fi
    echo "setup.sh: missing: $*" >&2
    echo "On $system: $advice" >&2
    case " $* " in
    *" ffmpeg "* | *" dlib "* | *" lmdb "* | *" webp "* | *" tiff "* | *" openjpeg "* | *" avif "* | *" heif "*)
        echo "For the extraction of faces and for pictures beyond JPEG and PNG: $extraction" >&2
        echo "Training needs none of these; to build without: make BLENDWAY_EXTRACT=0" >&2
        ;;
    esac
    echo "Where pkg-config knows a library by another name, say so: export ${names:-BLENDWAY_MPI_PKG=… BLENDWAY_HDF5_PKG=… BLENDWAY_BLAS_PKG=…}" >&2
    exit 1
}

mapfile -t missing < <(missing_parts)
if ((${#missing[@]})); then
    if command -v apt-get >/dev/null 2>&1; then
        install_on_debian "${missing[@]}"
        mapfile -t missing < <(missing_parts)
        ((${#missing[@]} == 0)) ||
            fail "still missing after the installation: ${missing[*]} (looked for $mpi, $blas, $hdf5, libjpeg, libpng and libcrypto with pkg-config)"
    else
        name_packages_elsewhere "${missing[@]}"
    fi
fi

where="from https://www.swift.org/install"
command -v "$swift" >/dev/null 2>&1 ||
    fail "Swift is missing; install Swift 6 or newer $where and put it in PATH"
# `swift build` is another program than `swift`, with other libraries.
answer=$("$swift" --version 2>&1 && "$swift" build --version 2>&1) ||
    fail "Swift doesn't start ($(tail -n 1 <<<"$answer")); install the packages that https://www.swift.org/install names for this system"
version=$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$answer" | head -n 1)
((${version%%.*} >= 6)) 2>/dev/null ||
    fail "Swift ${version:-of an unknown version} is too old; install Swift 6 or newer $where"
