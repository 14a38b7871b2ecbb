#!/usr/bin/env bash
# python-env.sh — a Python with the named packages, for oracles and comparisons: prints its path.
#
#   python=$(tools/python-env.sh numpy h5py "torch>=2.4") || exit
#
# Packages that are missing go into a virtual environment in .build-python/, which nothing else of
# this machine's Python sees. BLENDWAY_PYTHON names an interpreter that has them already: then nothing
# is installed, and a missing one is an error. Not needed to train: Blendway itself uses no Python.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

(($#)) || fail "name the packages, as for pip"

lacking() {
    "$1" - "${@:2}" <<'PYTHON' 2>/dev/null
import importlib.metadata as metadata, re, sys
for wanted in sys.argv[1:]:
    name = re.match(r"[A-Za-z0-9._-]+", wanted).group()
    exact = re.search(r"==([^,;]+)$", wanted)
    try:
        version = metadata.version(name)
        if exact is None or version == exact.group(1):
            continue
    except metadata.PackageNotFoundError:
        pass
    print(wanted)
PYTHON
}

if [ -n "${BLENDWAY_PYTHON:-}" ]; then
    missing=$(lacking "$BLENDWAY_PYTHON" "$@") || fail "BLENDWAY_PYTHON is '$BLENDWAY_PYTHON', which doesn't start"
    [ -z "$missing" ] || fail "$BLENDWAY_PYTHON (BLENDWAY_PYTHON) lacks ${missing//$'\n'/, }"
    echo "$BLENDWAY_PYTHON"
    exit
fi

# One at a time: tests and benchmarks may ask together.
mkdir -p .build-python
exec 9>.build-python/lock
flock 9
environment=$PWD/.build-python/env
if ! "$environment/bin/python" -m pip --version >/dev/null 2>&1; then
    command -v python3 >/dev/null 2>&1 || fail "python3 is missing"
    rm -rf "$environment"
    python3 -m venv "$environment" >&2 ||
        fail "python3 can't make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"
fi
mapfile -t missing < <(lacking "$environment/bin/python" "$@")
if ((${#missing[@]})); then
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "${missing[@]}" >&2 ||
        fail "pip could not install ${missing[*]}; see its message above"
fi
echo "$environment/bin/python"
