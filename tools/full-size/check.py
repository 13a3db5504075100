#!/usr/bin/env python3
"""Loads a model through the real server, makes one picture of one step, and says what that took.

    python tools/full-size/check.py build/release/bin/ablerefusal MODEL [--dtype bf16] [--size 512] [--set KEY=VALUE]

MODEL is a file or a folder. Fails if the server reports a tensor that is missing, or one too many. Needs nothing but
Python. What is printed, of the worker process: the seconds from the request to the loaded model; its resident memory
before, at its peak and after loading (VmRSS, VmHWM), and without what is only mapped from files (RssAnon); the peak of
the whole job.
"""

import argparse
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "shared"))

from server import serving, status  # noqa: E402


class Watch(threading.Thread):
    """Samples the worker's anonymous memory, whose peak the kernel does not keep."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0

    def run(self):
        while True:
            try:
                self.peak = max(self.peak, status(self.pid)["RssAnon"])
            except (OSError, KeyError):
                return
            time.sleep(0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model", type=Path)
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    with serving(arguments.program, arguments.model, arguments.dtype, arguments.set) as server:
        return check(server, arguments)


def check(server, arguments):
    (model,) = server.call("/models")["models"]
    if not model["ready"]:
        sys.exit(f"not ready: {model['reason']}")
    print(f"{model['family']} {model['variant']}, {model['size_bytes'] / 2**30:.2f} GiB of {model['dtype']} on disk")
    print("estimated, GiB: " + ", ".join(f"{k} {v / 2**30:.2f}" for k, v in model["memory"].items() if k != "fits"))
    started = time.monotonic()
    request = {"prompt": "a fox", "model": model["id"], "steps": 1, "width": arguments.size, "height": arguments.size}
    job = server.call("/generate", {**request, "sampler": "euler", "seed": 1})["id"]
    pid = before = watch = None
    phases, end = {}, None
    for kind, data in server.events(job):
        now = time.monotonic() - started
        if pid is None:
            pid = server.call("/ready")["services"]["worker"]["workers"][0]["pid"]
            if pid is not None:
                before, watch = status(pid), Watch(pid)
                watch.start()
        if kind == "phase" and data["phase"] not in phases:
            phases[data["phase"]] = now
            if data["phase"] == "preparing":
                loaded = status(pid)
                loaded["peak"] = watch.peak
        end = (kind, data, now)
        if kind == "phase" and data["phase"] == "decoding":
            sampled = status(pid)
    kind, data, seconds = end
    if kind != "completed":
        sys.exit(f"{kind}: {data.get('error')}")
    after = status(pid)
    print(f"loading: {phases['preparing'] - phases['loading']:.1f} s")
    print(
        f"resident, GiB: {before['VmRSS']:.2f} when first seen, {loaded['VmHWM']:.2f} at the peak of loading, "
        f"{loaded['VmRSS']:.2f} loaded: {loaded['VmHWM'] / loaded['VmRSS']:.2f} times what it ends up with"
    )
    print(f"anonymous, GiB: {loaded['peak']:.2f} at the peak of loading, {loaded['RssAnon']:.2f} loaded")
    print(f"one step of {arguments.size}x{arguments.size}: {phases['decoding'] - phases['sampling']:.1f} s, ", end="")
    print(f"peak until then {sampled['VmHWM']:.2f} GiB; decoding {seconds - phases['decoding']:.1f} s, ", end="")
    print(f"peak of the whole job {after['VmHWM']:.2f} GiB")
    unread = [line for line in server.log.read_text().splitlines() if "ignored" in line or "missing" in line]
    for line in unread:
        print(line, file=sys.stderr)
    print(f"tensors missing or too many: {'none' if not unread else 'see above'}")
    return 1 if unread else 0


if __name__ == "__main__":
    sys.exit(main())
