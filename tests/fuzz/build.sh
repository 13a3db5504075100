#!/usr/bin/env bash
# Builds the fuzz targets with clang: build.sh SOURCE BUILD
set -euo pipefail
cmake -S "$1" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=Dev -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
    -DCMAKE_CXX_FLAGS_DEV="-O1 -g1" -DABLE_FUZZ=ON >/dev/null
cmake --build "$2" --parallel "${ABLE_JOBS:-$(nproc)}"
