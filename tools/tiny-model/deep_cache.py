#!/usr/bin/env python3
"""Makes tests/golden/data/deep-cache: pictures of the tiny models by diffusers' pipelines with deep features kept between
steps by the DeepCache package, the paper's authors' own (Ma, Fang & Wang 2024). `request` in an entry has the fields of
POST /generate that say so.

    python tools/tiny-model/deep_cache.py

The models are those of make.py, the schedule is k-diffusion's. The package numbers branches by three layers a level,
which is true of Stable Diffusion's levels; the tiny models have two. Branches here are numbered as the skip connections
are made, which is the same numbering for Stable Diffusion.
"""

import os
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")

import bpe  # noqa: F401 (its import path)
import torch
from DeepCache import DeepCacheSDHelper

from golden import Golden
from make import DATA
from models import SD2, SD15, SDXL
from runs import STEPS, euler_pipeline, pipeline_arguments, record
from sampling import Run, finish, make_schedule
from seed_variations import unit_noise
from texts import CITY, FOX, NEGATIVE

COMMAND = "python tools/tiny-model/deep_cache.py"
SQUARE = ("euler", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64))
WIDE = ("euler", "normal", 3, CITY, "", 7.5, (96, 64))
UNGUIDED = ("euler", "normal", 42, FOX, "", 1.0, (64, 64))
# name: case, interval, branch
RUNS = {
    "every_2": (SQUARE, 2, 0),
    "every_3": (SQUARE, 3, 0),
    "every_3_branch_1": (WIDE, 3, 1),
    "every_2_branch_2": (SQUARE, 2, 2),
    "every_5_branch_3": (WIDE, 5, 3),
    "every_3_branch_4": (UNGUIDED, 3, 4),
    "every_2_branch_5": (SQUARE, 2, 5),
}


def enable(pipe, interval, branch):
    helper = DeepCacheSDHelper(pipe=pipe)
    helper.set_params(cache_interval=interval)
    layers = pipe.unet.config.layers_per_block + 1
    helper.params |= {"cache_block_id": branch // layers, "cache_layer_id": branch % layers}
    helper.enable()
    return helper


@torch.no_grad()
def draw(pipe, g, case, sigmas, interval=1, branch=0):
    seed, size = case[2], case[6]
    run = Run(sigmas=sigmas, noise=unit_noise(seed, (1, 4, size[1] // 8, size[0] // 8)))
    run.x, run.denoised = [torch.zeros(1)], [torch.zeros(1)]  # what leads to the picture is not compared
    helper = enable(pipe, interval, branch)
    run.latents = pipe(**pipeline_arguments(g, case, sigmas), height=size[1], width=size[0]).images
    helper.disable()
    return finish(g.pipe.vae, run)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = DATA / "deep-cache"
    folder.mkdir(exist_ok=True)
    for model in (SD15, SD2, SDXL):
        g = Golden(DATA, model)
        sigmas = make_schedule("normal", STEPS, g.alphas_cumprod)
        pipe = euler_pipeline(g, model.pipeline)
        for name, (case, interval, branch) in RUNS.items():
            exact = draw(pipe, g, case, sigmas)
            run = draw(pipe, g, case, sigmas, interval, branch)
            change = ((run.latents - exact.latents).norm() / exact.latents.norm()).item()
            print(f"{model.folder} {name}: the latents change by {change:.2e}")
            assert change > 2e-3, "nothing was reused"
            request = {"deep_cache_interval": interval, "deep_cache_branch": branch}
            record(g, name, case, run, {"request": request})
        g.write_pictures("deep-cache", COMMAND)


if __name__ == "__main__":
    main()
