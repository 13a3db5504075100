#!/usr/bin/env bash
# A run that is the same each time: run.sh PROGRAM RUNS SEEDS
#
# What it finds stays beside the program; the corpus that it grows does not.
set -euo pipefail
corpus="$(mktemp -d)"
trap 'rm -rf "$corpus"' EXIT
"$1" -runs="$2" -seed=1 -max_len=8192 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 -artifact_prefix="$1-" \
    "$corpus" "$3"
