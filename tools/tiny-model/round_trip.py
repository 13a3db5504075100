#!/usr/bin/env python3
"""Makes tests/golden/data/round-trip: what diffusers' autoencoders of the tiny models make of a picture, from a draw of the
posterior, which is image to image of strength 0.

    python tools/tiny-model/round_trip.py
"""

import os
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")

import json

import bpe  # noqa: F401 (its import path)
import torch
from PIL import Image
from safetensors.torch import save_file

from golden import Golden
from make import DATA
from models import SD15, SDXL
from picture import to_pixels, to_tensor
from runs import encode
from sampling import decode
from texts import FOX

COMMAND = "python tools/tiny-model/round_trip.py"
SEED = 42


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = DATA / "round-trip"
    folder.mkdir(exist_ok=True)
    for model in (SD15, SDXL):
        g = Golden(DATA, model)
        picture = to_tensor(Image.open(DATA / "init.png").convert("RGB"))
        latents, _ = encode(g.pipe.vae, picture, torch.Generator("cpu").manual_seed(SEED))
        image = to_pixels(decode(g.pipe.vae, latents))
        run = {"name": "strength_0", "sampler": "euler", "schedule": "normal", "steps": 8, "seed": str(SEED),
               "prompt": FOX, "negative": "", "cfg": 7.5, "width": 64, "height": 64, "strength": 0, "init": "init.png",
               "tensors": {"image": "image"}}
        tensors = f"round-trip/{model.folder}.safetensors"
        save_file({"image": image.contiguous()}, DATA / tensors, metadata={"made_by": COMMAND})
        (DATA / tensors).chmod(0o644)
        index = {"command": COMMAND, "model": model.folder, "tensors": tensors, "runs": [run]}
        (folder / f"{model.folder}.json").write_text(json.dumps(index, indent=1, ensure_ascii=True) + "\n")


main()
