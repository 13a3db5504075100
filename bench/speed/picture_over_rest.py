#!/usr/bin/env python3
"""The seconds of a picture over REST, from the request to the picture: the last line printed is {"seconds": ...}.

    python3 bench/speed/picture_over_rest.py build/bench/bin/ablerefusal MODEL [--size 512x512] [--steps 20]

The server has the model and has made a picture of that size, of two steps, before.
"""

import argparse
import json
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "shared"))

from server import serving  # noqa: E402


def make_picture(server, request):
    """Seconds until the picture's bytes are here."""
    start = time.perf_counter()
    job = server.call("/generate", request)["id"]
    *_, (kind, data) = server.events(job)
    if kind != "completed":
        sys.exit(f"the job {kind}: {json.dumps(data)}")
    (image,) = data["results"]
    with urllib.request.urlopen(server.url.removesuffix("/api/v1") + image["image_url"]) as reply:
        reply.read()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model", type=Path)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()

    width, height = (int(side) for side in options.size.split("x"))
    settings = [f"inference.threads={options.threads}"]
    with serving(options.program, options.model, options.dtype, settings) as server:
        (model,) = server.call("/models")["models"]
        request = {"model": model["id"], "width": width, "height": height, "sampler": "euler", "seed": 1}
        request |= {"prompt": "a lighthouse on a cliff, oil on canvas", "negative_prompt": "blurred"}
        make_picture(server, {**request, "steps": 2})
        seconds = make_picture(server, {**request, "steps": options.steps})
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
