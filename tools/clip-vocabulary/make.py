#!/usr/bin/env python3
"""Makes text/clip_merges.txt: the part of CLIP's byte pair merges that its vocabulary uses.

    pip download --no-deps clip-anytorch==2.6.0
    python3 tools/clip-vocabulary/make.py clip_anytorch-2.6.0-py3-none-any.whl text

The package is OpenAI's CLIP, whose clip/simple_tokenizer.py takes the same lines. Its licence goes beside them.
"""

import argparse
import gzip
import pathlib
import zipfile

COUNT = 49152 - 256 - 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()

    wheel = zipfile.ZipFile(arguments.wheel)
    lines = gzip.decompress(wheel.read("clip/bpe_simple_vocab_16e6.txt.gz")).decode().split("\n")
    licence = next(name for name in wheel.namelist() if name.endswith("/LICENSE"))
    text = "\n".join(["#version: 0.2", *lines[1 : 1 + COUNT]]) + "\n"
    (arguments.folder / "clip_merges.txt").write_text(text)
    (arguments.folder / "clip_merges.LICENSE").write_bytes(wheel.read(licence))


if __name__ == "__main__":
    main()
