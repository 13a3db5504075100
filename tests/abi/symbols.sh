#!/bin/sh
# symbols.sh PLUGIN ALLOWED: the plugin exports able_plugin_v1 and nothing else, and needs only libraries whose names
# match the extended regular expression ALLOWED.
set -eu

plugin=$1
allowed=$2

exported=$(nm -D --defined-only "$plugin" | awk '{print $NF}' | sort)
if [ "$exported" != "able_plugin_v1" ]; then
    echo "$plugin exports:" >&2
    echo "$exported" >&2
    echo "expected able_plugin_v1 alone" >&2
    exit 1
fi

needed=$(readelf -d "$plugin" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
unexpected=$(echo "$needed" | grep -Ev "^($allowed)" || true)
if [ -n "$unexpected" ] && [ "$allowed" != "." ]; then
    echo "$plugin links what it should not: $unexpected" >&2
    exit 1
fi
echo "$plugin: one symbol; needs" $needed
