"""What options that trade pixels for time do to the demo model's pictures: each of `--setting` draws the held-out prompts
on a server of its own, and is compared with the same pictures without it.

venv/bin/python tools/demo-model/shortcuts.py PROGRAM SCORER demo/shapes-sd15 OUT [--count N] [--setting JSON]...

PROGRAM is ablerefusal, SCORER score_shapes (both lie in build/PRESET/bin). Prompt i has the seed i; everything else is as
the server has it by default, on its processor in fp32. Prints a Markdown table: the hit rates of tests/shapes' scorer, the
median and the worst tenth of the pictures' PSNR against the exact ones, and the workers' processor time for all of them,
of that of the exact ones. Needs numpy, Pillow.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools/shared"))
from server import serving  # noqa: E402

SETTINGS = [
    {"guidance_end": 0.75},
    {"guidance_end": 0.5},
    {"deep_cache_interval": 2},
    {"deep_cache_interval": 3},
    {"deep_cache_interval": 5},
    {"deep_cache_interval": 2, "deep_cache_branch": 2},
    {"deep_cache_interval": 3, "deep_cache_branch": 2},
    {"deep_cache_interval": 5, "deep_cache_branch": 2},
]


def name_of(setting):
    return ", ".join(f"{key} {value}" for key, value in setting.items()) or "exact"


def draw(server, model, prompts, setting, folder):
    """Into `folder`; the seconds of processor time that it took."""
    folder.mkdir(parents=True, exist_ok=True)
    begin = processor_time(server.process.pid)
    for i, prompt in enumerate(prompts):
        job = server.call("/generate", {"prompt": prompt, "model": model.name, "seed": i, **setting})
        *_, (kind, end) = server.events(job["id"])
        if kind != "completed":
            sys.exit(f"{name_of(setting)}: {end['error']}")
        (folder / f"{i:03}.png").write_bytes((server.out / end["results"][0]["image_path"]).read_bytes())
    return processor_time(server.process.pid) - begin


def processor_time(parent):
    """Seconds, of the processes that `parent` has started and that still run."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == parent:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def psnr(one, other):
    pixels = [np.asarray(Image.open(file).convert("RGB"), dtype=np.float64) for file in (one, other)]
    error = np.square(pixels[0] - pixels[1]).mean()
    return 10 * np.log10(255**2 / max(error, 1e-10))


def hit_rates(scorer, prompts, folder):
    """The cells of the scorer's row: its table's head, and this folder's."""
    printed = subprocess.run([scorer, prompts, folder, "-"], check=True, capture_output=True, text=True).stdout
    head, _, row = printed.strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in (head, row)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("scorer")
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--setting", type=json.loads, action="append")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    scenes = json.loads((ROOT / "demo/prompts.json").read_text())[: arguments.count]
    wanted = arguments.out / "prompts.json"
    wanted.write_text(json.dumps(scenes))
    prompts = [scene["prompt"] for scene in scenes]
    settings = [{}, *(arguments.setting or SETTINGS)]
    with serving(arguments.program, arguments.model, "fp32", ["logging.level=warning"]) as server:
        draw(server, arguments.model, prompts[:1], {}, arguments.out / "warm")
        for i, setting in enumerate(settings):
            pictures = arguments.out / str(i)
            seconds = draw(server, arguments.model, prompts, setting, pictures)
            head, rates = hit_rates(arguments.scorer, wanted, pictures)
            if i == 0:
                exact = seconds
                print("| | " + " | ".join([*head, "PSNR, median", "worst tenth", "time"]) + " |")
                print("|---" * (len(head) + 4) + "|")
            ratios = [psnr(arguments.out / "0" / file.name, file) for file in sorted(pictures.iterdir())]
            levels = ["-", "-"] if i == 0 else [f"{np.quantile(ratios, q):.1f} dB" for q in (0.5, 0.1)]
            cells = [name_of(setting), *rates, *levels, f"{seconds / exact:.2f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
