"""Writes the prompts that the model is measured on, and pictures whose content is known, which the scorer is tested on.

venv/bin/python tools/demo-model/prompts.py         # writes demo/prompts.json and tests/shapes/data/truth.{png,json}
"""

import json
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from captions import plain_caption
from rendering import render
from scenes import HELD_OUT, IMAGE_SIZE, TRAINING, draw_scene

ROOT = Path(__file__).resolve().parent.parent.parent
HELD_OUT_PROMPTS = 200
TRUTH_SIDE = 12  # pictures a side of the sheet


def held_out_scenes():
    rng = random.Random(123)
    return [draw_scene(rng, HELD_OUT) for _ in range(HELD_OUT_PROMPTS)]


def with_prompt(scene):
    return {"prompt": plain_caption(scene), **asdict(scene)}


def write_list(path, scenes):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join("  " + json.dumps(with_prompt(scene)) for scene in scenes)
    path.write_text(f"[\n{lines}\n]\n")


def write_truth(folder):
    rng = random.Random(321)
    scenes = [draw_scene(rng, TRAINING + HELD_OUT) for _ in range(TRUTH_SIDE**2)]
    write_list(folder / "truth.json", scenes)
    sheet = np.concatenate(
        [
            np.concatenate([render(scene, rng) for scene in scenes[i : i + TRUTH_SIDE]], 1)
            for i in range(0, len(scenes), TRUTH_SIDE)
        ]
    )
    assert sheet.shape[0] == TRUTH_SIDE * IMAGE_SIZE
    Image.fromarray(sheet.round().astype(np.uint8)).save(folder / "truth.png", optimize=True)


if __name__ == "__main__":
    write_list(ROOT / "demo/prompts.json", held_out_scenes())
    write_truth(ROOT / "tests/shapes/data")
