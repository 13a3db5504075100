#!/usr/bin/env bash
# Runs the page's unit or browser tests: run.sh unit|browser EXECUTABLE. If something that they need is missing, says so
# and exits with 77 (skipped), or with 1 where ABLE_UI_TESTS is "required". ABLE_UI_TESTS=off skips them.
source "$(dirname "${BASH_SOURCE[0]}")/../../script/common.sh"

leave_out() {
    [[ "${ABLE_UI_TESTS:-}" != required ]] || die "$1; script/bootstrap --ui installs what is missing"
    say "left out: $1; script/bootstrap --ui installs what is missing"
    exit 77
}

if [[ "${ABLE_UI_TESTS:-}" == off ]]; then
    say "left out, because of --no-ui"
    exit 77
fi

folder="$(node_folder)" || leave_out "there is no Node of version 22.18 or later"
[[ -d "$root/host/web/node_modules/vitest" ]] || leave_out "the page's packages are not installed"
if [[ "$1" == browser ]]; then
    [[ -n "${ABLE_CHROMIUM:-}" ]] || command -v chromium >/dev/null || leave_out "there is no Chromium"
fi
export PATH="$folder:$PATH" ABLE_EXECUTABLE="$2"
cd "$root/host/web"
if [[ "$1" == browser ]]; then
    exec npx vitest run --project browser
fi
npx tsc --noEmit
exec npx vitest run --project unit --project page
