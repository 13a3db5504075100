#!/bin/sh
# pipeline.sh COMPILER SDK: makes the example pipeline's model, compiles the example and its test with COMPILER (gcc or
# clang), with sanitizers where there are any, and runs the test. Exits 77 (skipped) where COMPILER or Python is not
# installed.
set -eu

compiler=$1
sdk=$2
here=$(dirname "$0")
example=$sdk/examples/pipeline-c

for program in "$compiler" python3; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: $program is not installed"
        exit 77
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CFLAGS LDFLAGS C_INCLUDE_PATH CPATH LD_PRELOAD || true

python3 "$example/make_model.py" "$work/model"

flags="-std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I$sdk/include"
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
# shellcheck disable=SC2086
if ! echo 'int main(void) { return 0; }' | "$compiler" $sanitizers -x c - -o "$work/probe" 2>/dev/null ||
    ! "$work/probe"; then
    echo "$compiler has no sanitizers here: without"
    sanitizers=
fi
# shellcheck disable=SC2086
"$compiler" $flags $sanitizers -fPIC -shared -fvisibility=hidden "$example"/*.c -lm -o "$work/patchwork.so"
# shellcheck disable=SC2086
"$compiler" $flags -Wno-conversion $sanitizers "$here/plain_host.c" "$here/pipeline_c_test.c" -ldl -lm -o "$work/test"
"$work/test" "$work/patchwork.so" "$work/model"
