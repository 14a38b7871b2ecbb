#!/usr/bin/env bash
# mutants.sh — do the tests notice? Breaks one promise after the other in a copy, and sees whether a test fails.
#
#   tools/mutants.sh                 all of them: hours
#   tools/mutants.sh NAME…           some, by the names of Tests/Mutants/NAME.patch
#   tools/mutants.sh --list          what there is: name, promise, tests
#   tools/mutants.sh --check         only whether all patches still apply: seconds
#
# A patch begins with the sentence that it makes untrue and the tests that have to notice, as swift test's --filter
# takes them. Its change is tiny, and compiles. A mutant whose tests fail, or hang, is killed; one whose tests pass
# has survived, and a test is missing. Ends with the line "N killed, N survived" alone, and with 1 if one survived.
#
# The copy is of the last commit, in .build/mutants (MUTANTS_FOLDER names another place); it is kept, so that the
# next call builds only what changes. It is built for debugging but with optimisation: then a change costs the
# building of its file.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

patches=Tests/Mutants
header() { sed -n "s/^$2: //p;/^--- /q" "$patches/$1.patch"; }
mapfile -t all < <(cd "$patches" && printf '%s\n' *.patch | sed 's/\.patch$//')

case ${1:-} in
--list)
    for name in "${all[@]}"; do printf '%s\n    %s\n    %s\n' "$name" "$(header "$name" Promise)" "$(header "$name" Tests)"; done
    exit
    ;;
--check)
    status=0
    for name in "${all[@]}"; do
        if [ -z "$(header "$name" Promise)" ] || [ -z "$(header "$name" Tests)" ]; then
            echo "mutants.sh: $patches/$name.patch lacks a promise or tests" >&2
            status=1
        fi
        if ! git apply --check "$patches/$name.patch" 2>/dev/null; then
            echo "mutants.sh: $patches/$name.patch no longer applies; make it anew from today's source" >&2
            status=1
        fi
    done
    ((status == 0)) || exit 1
    echo "${#all[@]} mutants apply"
    exit
    ;;
-*) fail "there is no option $1; see the script's first lines" ;;
esac
names=("$@")
((${#names[@]})) || names=("${all[@]}")
for name in "${names[@]}"; do
    [ -e "$patches/$name.patch" ] || fail "there is no $patches/$name.patch; --list shows all"
done

folder=${MUTANTS_FOLDER:-$PWD/.build/mutants}
mkdir -p "$folder"
exec 8>"$folder/lock"
flock -n 8 || fail "another mutants.sh is at work in $folder"
copy=$folder/copy
[ -e "$copy/.git" ] || git clone -q --shared . "$copy"
git -C "$copy" fetch -q "$PWD" HEAD
git -C "$copy" checkout -q --force --detach FETCH_HEAD
swift=${SWIFT:-swift}
export BLENDWAY_PYTHON=${BLENDWAY_PYTHON:-$PWD/.build-python/env/bin/python}
[ -x "$BLENDWAY_PYTHON" ] || unset BLENDWAY_PYTHON

build() { (cd "$copy" && "$swift" build -c debug -Xswiftc -O -Xcc -O2 --build-tests) >"$folder/build.log" 2>&1; }
tests() {
    (cd "$copy" && timeout --kill-after=10 "${MUTANTS_SECONDS:-900}" \
        "$swift" test -c debug -Xswiftc -O -Xcc -O2 --skip-build --disable-xctest --no-parallel --filter "$1") \
        >"$folder/test.log" 2>&1
}
restore() { git -C "$copy" checkout -q --force -- .; }
trap restore EXIT

echo "building the copy as it is"
build || { tail -20 "$folder/build.log" >&2 && fail "the copy doesn't build without a mutant"; }
killed=0 survived=()
for name in "${names[@]}"; do
    git -C "$copy" apply "$PWD/$patches/$name.patch"
    began=$SECONDS
    if ! build; then
        restore
        grep -m 3 'error:' "$folder/build.log" >&2 || true
        fail "$name doesn't compile: a mutant has to"
    fi
    built=$((SECONDS - began))
    if tests "$(header "$name" Tests)"; then
        # Tests that were all skipped, or that nobody has, notice nothing either.
        survived+=("$name")
        verdict="SURVIVED: $(header "$name" Promise)"
    else
        killed=$((killed + 1))
        verdict="killed by $(sed -nE 's/.* Test (.*) (recorded an issue|failed after).*/\1/p' "$folder/test.log" | head -n 1 | cut -c1-70)"
    fi
    printf '%-32s %s (%s to build, %s to test)\n' "$name" "$verdict" "$(duration "$built")" "$(duration $((SECONDS - began - built)))"
    restore
done
printf '%d killed, %d survived\n' "$killed" "${#survived[@]}"
((${#survived[@]} == 0))
