#!/bin/sh
# server_alone.sh PROGRAM: PROGRAM, which is linked with the whole of the server's library, opens no shared library and has
# no reader of models, no picture format and nothing of the worker in it.
set -eu

program=$1
names=$(nm -C "$program")

forbidden() {
    found=$(printf '%s\n' "$names" | grep -E "$1" | head -n 5 || true)
    if [ -n "$found" ]; then
        echo "$program: $2:" >&2
        echo "$found" >&2
        exit 1
    fi
}

forbidden ' U (dlopen|dlmopen|dlsym|dlvsym)(@|$)' "the server opens shared libraries"
forbidden 'boost::dll::' "the server opens shared libraries"
forbidden ' U (png_|jpeg_|WebP|unz|elf_|inflate)' "the server decodes files that only the worker may read"
forbidden 'able::(worker|images|validate)::' "the server holds code of the worker"
forbidden 'able::plugins::(load_plugin|JobContext|Model)\b' "the server calls plugins"
forbidden 'able::models::(Source|SafetensorsFile|CheckpointFile|MappedFile|WeightFile|ZipIndex)' "the server reads models"

# The check itself must see names at all.
if ! printf '%s\n' "$names" | grep -q 'able::server::'; then
    echo "$program holds nothing of the server: the check proves nothing" >&2
    exit 1
fi
echo "$program: no dlopen, no decoder, no reader of models"
