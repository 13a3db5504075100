#!/bin/sh
# headers.sh COMPILER C_HEADERS CPP_HEADERS: compiles every header of the SDK alone, in each language it promises to be
# valid in. COMPILER is gcc or clang; exits 77 (skipped) where it is not installed.
set -eu

compiler=$1
include=$2
glue=$3
case $compiler in
gcc) cxx=g++ ;;
clang) cxx=clang++ ;;
*) echo "unknown compiler: $compiler" >&2 && exit 2 ;;
esac
for program in "$compiler" "$cxx"; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: $program is not installed"
        exit 77
    fi
done

flags="-Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only"
failed=0
checked=0

# compile PROGRAM STANDARD LANGUAGE FOLDERS HEADER: the header alone, then twice over, for its include guard.
compile() {
    checked=$((checked + 1))
    # shellcheck disable=SC2086
    if ! printf '#include <%s>\n#include <%s>\n' "$5" "$5" | "$1" "-std=$2" -x "$3" $flags $4 -; then
        echo "FAILED: $5 as $2 by $1" >&2
        failed=1
    fi
}

for path in "$include"/ablerefusal/*.h "$include"/ablerefusal/draft/*.h; do
    header=${path#"$include"/}
    compile "$compiler" c11 c "-I$include" "$header"
    compile "$compiler" c17 c "-I$include" "$header"
    compile "$cxx" c++11 c++ "-I$include" "$header"
    compile "$cxx" c++20 c++ "-I$include" "$header"
done
for path in "$glue"/ablerefusal/*.hpp; do
    compile "$cxx" c++20 c++ "-I$include -I$glue" "ablerefusal/$(basename "$path")"
done

if [ "$checked" -lt 40 ]; then
    echo "only $checked compilations: are the headers where they should be?" >&2
    exit 1
fi
echo "$checked compilations by $compiler"
exit $failed
