"""Pictures of the held-out prompts as PNG files, for tests/shapes' scorer.

venv/bin/python tools/demo-model/measure.py draw MODEL OUT [--count N] [--guidance G]   # by diffusers
venv/bin/python tools/demo-model/measure.py reconstruct VAE.safetensors OUT            # truth through the autoencoder
build/dev/bin/score_shapes demo/prompts.json OUT
venv/bin/python tools/demo-model/measure.py sheet OUT demo/contact-sheet.png           # the first 36 pictures
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from diffusers import DiffusionPipeline, EulerAncestralDiscreteScheduler
from PIL import Image
from safetensors.torch import load_file

from networks import make_vae
from prompts import held_out_scenes
from rendering import render
from train_vae import to_tensor

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDANCE, STEPS = 7.5, 20  # the server's defaults
BATCH = 20


def save(picture, path):
    Image.fromarray(np.clip(picture, 0, 255).round().astype(np.uint8)).save(path)


@torch.no_grad()
def reconstruct(arguments):
    vae = make_vae().eval()
    vae.load_state_dict(load_file(arguments.vae))
    rng = random.Random(9)
    for i, scene in enumerate(held_out_scenes()):
        latents = vae.encode(to_tensor([render(scene, rng)])).latent_dist.mean
        picture = vae.decode(latents).sample[0].permute(1, 2, 0).numpy()
        save((picture + 1) * 127.5, arguments.out / f"{i:03}.png")


def draw(arguments):
    pipe = DiffusionPipeline.from_pretrained(arguments.model, torch_dtype=torch.float32)
    pipe.scheduler = EulerAncestralDiscreteScheduler.from_config(pipe.scheduler.config, timestep_spacing="linspace")
    pipe.set_progress_bar_config(disable=True)
    prompts = [entry["prompt"] for entry in json.loads((ROOT / "demo/prompts.json").read_text())][: arguments.count]
    for i in range(0, len(prompts), BATCH):
        some = prompts[i : i + BATCH]
        seeds = [torch.Generator().manual_seed(j) for j in range(i, i + len(some))]
        pictures = pipe(some, num_inference_steps=STEPS, guidance_scale=arguments.guidance, generator=seeds).images
        for j, picture in enumerate(pictures):
            picture.save(arguments.out / f"{i + j:03}.png")


def sheet(arguments):
    pictures = [np.asarray(Image.open(arguments.pictures / f"{i:03}.png")) for i in range(36)]
    framed = [np.pad(picture, ((2, 2), (2, 2), (0, 0)), constant_values=255) for picture in pictures]
    rows = [np.concatenate(framed[i : i + 6], 1) for i in range(0, 36, 6)]
    Image.fromarray(np.concatenate(rows)).save(arguments.out, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("draw")
    one.add_argument("model", type=Path)
    one.add_argument("out", type=Path)
    one.add_argument("--count", type=int)
    one.add_argument("--guidance", type=float, default=GUIDANCE)
    one.set_defaults(run=draw)
    other = commands.add_parser("reconstruct")
    other.add_argument("vae", type=Path)
    other.add_argument("out", type=Path)
    other.set_defaults(run=reconstruct)
    last = commands.add_parser("sheet")
    last.add_argument("pictures", type=Path)
    last.add_argument("out", type=Path)
    last.set_defaults(run=sheet)
    arguments = parser.parse_args()
    if arguments.run is not sheet:
        arguments.out.mkdir(parents=True, exist_ok=True)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
