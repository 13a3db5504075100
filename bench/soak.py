#!/usr/bin/env python3
"""Many jobs of mixed sizes through the real server: is memory flat, is the time of a job steady?

    python bench/soak.py build/release/bin/ablerefusal MODEL [--jobs 100] [--size 256 --size 384 --size 512] [--steps 2]

MODEL is a file or a folder. The sizes take turns, width and height too. Prints, for the worker process, the resident
memory after the jobs of the first tenth and of the last, and how much more it is (the sizes have all been there by
then); and for each size the median and the slowest job, from the worker's start of it to its end. Needs nothing but
Python. `--json FILE` writes each job as well.
"""

import argparse
import itertools
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools" / "shared"))

from server import serving, status  # noqa: E402


def run(server, request):
    """Seconds of one job, from the end of the queue to its picture."""
    job = server.call("/generate", request)["id"]
    started = time.monotonic()
    for kind, data in server.events(job):
        if kind not in ("phase", "progress", "preview", "step", "image", "completed", "status", "queued", "started"):
            sys.exit(f"{kind}: {data}")
    return time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model", type=Path)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--size", type=int, action="append", help="sides of the pictures, in pixels")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sides = options.size or [256, 384, 512]
    shapes = itertools.cycle([(side, side) for side in sides] + list(itertools.permutations(sides, 2)))

    jobs = []
    with serving(options.program, options.model, options.dtype, options.set) as server:
        (model,) = server.call("/models")["models"]
        for seed in range(options.jobs):
            width, height = next(shapes)
            request = {"prompt": "a lighthouse", "model": model["id"], "width": width, "height": height}
            seconds = run(server, {**request, "steps": options.steps, "seed": seed})
            (worker,) = server.call("/ready")["services"]["worker"]["workers"]
            resident = status(worker["pid"])["VmRSS"]
            jobs.append({"width": width, "height": height, "seconds": seconds, "resident_gib": resident})
            print(f"{seed + 1}: {width}x{height}, {seconds:.1f} s, {resident:.3f} GiB", file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps(jobs, indent=1))

    tenth = max(len(jobs) // 10, 9)
    early = max(job["resident_gib"] for job in jobs[:tenth])
    late = max(job["resident_gib"] for job in jobs[-tenth:])
    print(f"{len(jobs)} jobs; resident {early:.3f} GiB after the first {tenth}, {late:.3f} GiB at the end: ", end="")
    print(f"{100 * (late / early - 1):+.1f} %\n")
    print("| size | jobs | median, s | slowest, s | slowest / median |\n|---|---|---|---|---|")
    for shape in sorted({(job["width"], job["height"]) for job in jobs}):
        # The first of a size compiles what later ones use.
        seconds = [job["seconds"] for job in jobs if (job["width"], job["height"]) == shape][1:]
        if seconds:
            middle, slowest = statistics.median(seconds), max(seconds)
            row = f"| {shape[0]}x{shape[1]} | {len(seconds)} | {middle:.2f} | {slowest:.2f} | {slowest / middle:.2f} |"
            print(row)


if __name__ == "__main__":
    main()
