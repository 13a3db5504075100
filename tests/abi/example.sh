#!/bin/sh
# example.sh CMAKE BUILD EXAMPLE DESCRIBE ABLEREFUSAL KIND NAME: installs the SDK from the build tree BUILD, builds the
# project in EXAMPLE against it as its own project, opens the result with DESCRIBE and has it validated by ABLEREFUSAL;
# then builds it once more as an update. It offers one object, of that KIND and NAME.
set -eu

cmake=$1
build=$2
example=$3
describe=$4
ablerefusal=$5
kind=$6
name=$7

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --component sdk --prefix "$work/sdk" >/dev/null
cp -r "$example" "$work/project" # so that nothing beside it can be reached

# Neither flags nor caches of the surrounding build may help.
unset CFLAGS LDFLAGS CMAKE_PREFIX_PATH C_INCLUDE_PATH CPATH || true

build_and_describe() {
    "$cmake" -S "$work/project" -B "$work/out" -DCMAKE_PREFIX_PATH="$work/sdk" \
        -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror" "$@" >/dev/null
    "$cmake" --build "$work/out" >/dev/null
    "$describe" "$work/out/$name.so"
}

first=$(build_and_describe)
echo "$first"
case $first in
*"org.example.$name 1.0.0"*"$kind $name"*) ;;
*) echo "unexpected description" >&2 && exit 1 ;;
esac

# As the guide says; the limit is for a machine that is busy.
HOME="$work" "$ablerefusal" plugins validate --describe-limit 10000 "$work/out/$name.so"

second=$(build_and_describe "-D$(echo "$name" | tr '[:lower:]' '[:upper:]')_VERSION=1.1.0")
case $second in
*"org.example.$name 1.1.0"*) ;;
*) echo "the update does not report its version: $second" >&2 && exit 1 ;;
esac
