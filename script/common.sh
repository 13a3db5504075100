# Functions that the scripts share. To be sourced.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
script="$(realpath --relative-to="$root" "$0")" # as in "script/test"

say() { printf '==> %s\n' "$*"; }

die() {
    printf '%s: %s\n' "$script" "$*" >&2
    exit 1
}

# Prints the comment at the head of the script.
usage() { sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//p}' "$0"; }

# "3 min 20 s" since the second count $1.
elapsed() {
    local seconds=$((SECONDS - $1))
    if ((seconds >= 60)); then
        printf '%d min %d s' $((seconds / 60)) $((seconds % 60))
    else
        printf '%d s' "$seconds"
    fi
}

# Compilations at a time: one per core, but no more than fit in memory: a file that includes libtorch takes up to 1.5 GiB.
default_jobs() {
    local cores memory_kib fit
    cores="$(nproc 2>/dev/null || echo 2)"
    memory_kib="$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null || true)"
    fit=$((${memory_kib:-3145728} / 1572864))
    ((fit >= 1)) || fit=1
    echo $((cores < fit ? cores : fit))
}

jobs="${ABLE_JOBS:-$(default_jobs)}"
[[ "$jobs" =~ ^[1-9][0-9]*$ ]] || die "ABLE_JOBS must be a whole number from 1; it is \"$jobs\""

# git in this repository, whoever owns the checkout (in a container it is often somebody else).
repository() { git -c "safe.directory=$root" -C "$root" "$@"; }

# Prints the commit after which changes are new, for the checks that look at changes alone: ABLE_BASE if it is set;
# otherwise the commit at which this branch left origin's; otherwise the parent of HEAD. Prints nothing, and fails, where
# there is no such commit: without git, outside a repository, or at the end of a shallow history.
base_commit() {
    local head base="" ref
    head="$(repository rev-parse --verify --quiet HEAD 2>/dev/null)" || return 1
    for ref in ${ABLE_BASE:-origin/HEAD origin/main "@{upstream}"}; do
        base="$(repository merge-base "$ref" HEAD 2>/dev/null)" && break
    done
    if [[ -n "${ABLE_BASE:-}" && -z "$base" ]]; then
        die "ABLE_BASE is \"$ABLE_BASE\", which has no commit in common with HEAD here"
    fi
    if [[ -z "${ABLE_BASE:-}" && (-z "$base" || "$base" == "$head") ]]; then
        base="$(repository rev-parse --verify --quiet HEAD~1)" || return 1
    fi
    echo "$base"
}

# Prints the folder of a Node that is new enough for the web page's tools (22.18): the system's, or the one that
# script/bootstrap --ui installed. Fails if there is none.
node_folder() {
    local folder version
    for folder in "$root/.cache/node/bin" "$(dirname "$(command -v node || echo /nowhere/node)")"; do
        [[ -x "$folder/node" && -x "$folder/npm" ]] || continue
        version="$("$folder/node" --version 2>/dev/null)" || continue
        if [[ "$(printf '%s\n' v22.18.0 "$version" | sort -V | head -n 1)" == v22.18.0 ]]; then
            echo "$folder"
            return
        fi
    done
    return 1
}
