#!/usr/bin/env python3
"""What bench_speed measures, by stable-diffusion.cpp's program: the last line printed is JSON, in seconds.

    python3 bench/speed/peer_sd_cli.py SD-CLI MODEL --size 512x512 --dtype bf16 [--steps 3] [--threads 2]

The seconds are those of the program's own log. `step` is a guided one, the mean of all: it does not tell them apart.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TYPES = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}
DONE = {
    "load": r"loading tensors completed, taking ([\d.]+)s",
    "text": r"get_learned_condition completed, taking ([\d.]+) ?(m?s)",
    "sampling": r"\bsampling completed, taking ([\d.]+)s",
    "decode": r"decode_first_stage completed, taking ([\d.]+)s",
}


def seconds_of(log):
    found = {}
    for work, pattern in DONE.items():
        match = re.search(pattern, log)
        if match is None:
            sys.exit(f"the program's log does not say how long its {work} took:\n{log[-2000:]}")
        found[work] = float(match[1]) / (1000 if match.groups()[1:] == ("ms",) else 1)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model")
    parser.add_argument("--size", action="append")
    parser.add_argument("--dtype", default="bf16", choices=TYPES)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()

    command = [options.program, "-m", options.model, "--type", TYPES[options.dtype], "--steps", str(options.steps)]
    command += ["-p", "a lighthouse on a cliff, oil on canvas", "-n", "blurred", "--cfg-scale", "7.5"]
    command += ["--sampling-method", "euler", "--seed", "1", "--verbose"]
    if options.threads:
        command += ["--threads", str(options.threads)]
    sizes, each = [], {}
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.size or ["512x512"]:
            width, height = size.split("x")
            run = [*command, "-W", width, "-H", height, "-o", str(Path(scratch) / "picture.png")]
            done = subprocess.run(run, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
            if done.returncode != 0:
                sys.exit(f"{options.program} ended with {done.returncode}:\n{done.stdout[-2000:]}")
            each = seconds_of(done.stdout)
            sizes.append({"size": size, "step": each["sampling"] / options.steps, "decode": each["decode"]})
    print(json.dumps({"name": "stable-diffusion.cpp", "load": each["load"], "text": each["text"], "sizes": sizes}))


if __name__ == "__main__":
    main()
