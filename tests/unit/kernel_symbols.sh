#!/bin/sh
# kernel_symbols.sh OBJECT...: the files compiled for particular instructions define their tables and nothing that the
# linker might take for the rest of the program: no weak symbol, such as an inline function of a header.
set -eu

for object in "$@"; do
    shared=$(nm -C --defined-only "$object" | awk '$2 !~ /^[a-z]$/ || $2 == "v" || $2 == "w" || $2 == "u"' |
        grep -v '::[a-z0-9_]*_tables$' || true)
    if [ -n "$shared" ]; then
        echo "$object shares:" >&2
        echo "$shared" >&2
        exit 1
    fi
done
echo "$#" objects: nothing but tables
