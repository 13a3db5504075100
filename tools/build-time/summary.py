#!/usr/bin/env python3
"""Says where the time of a build went, from the log that ninja keeps in the build folder.

    tools/build-time/summary.py build/dev             a line for each target, the most costly first
    tools/build-time/summary.py build/dev --files 20  and the 20 slowest files

The log has the seconds from a step's start to its end. With no more steps at a time than the machine has cores, and
nothing else to do, that is its processor time. For the sum of a clean build, without what ccache remembers:

    rm -rf build/dev && cmake --preset dev && time CCACHE_DISABLE=1 cmake --build --preset dev --parallel "$(nproc)"
"""
import argparse
import collections
import pathlib
import re


def steps(log):
    """The last run of each step: what it made, and its seconds."""
    last = {}
    for line in log.read_text().splitlines():
        if line.startswith("#"):
            continue
        start, end, _, output, command = line.split("\t")[:5]
        last[output] = (command, (int(end) - int(start)) / 1000)
    # A step with several outputs has a line for each, with one command.
    return {command: (output, seconds) for output, (command, seconds) in last.items()}.values()


def target_of(output):
    match = re.search(r"CMakeFiles/([^/]+)\.dir/", output)
    return match.group(1) if match else "(links, and steps of their own)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the build folder")
    parser.add_argument("--files", type=int, default=0, metavar="N", help="show the N slowest files as well")
    options = parser.parse_args()

    done = list(steps(options.folder / ".ninja_log"))
    targets = collections.defaultdict(list)
    for output, seconds in done:
        targets[target_of(output)].append(seconds)
    print(f"{'seconds':>8}  {'steps':>5}  target")
    for target, seconds in sorted(targets.items(), key=lambda item: -sum(item[1])):
        print(f"{sum(seconds):8.1f}  {len(seconds):5}  {target}")
    print(f"{sum(seconds for _, seconds in done):8.1f}  {len(done):5}  all")
    for output, seconds in sorted(done, key=lambda step: -step[1])[: options.files]:
        print(f"{seconds:8.1f}  {output}")


if __name__ == "__main__":
    main()
