#!/usr/bin/env python3
"""Makes tests/golden/data/zero-snr: pictures of the tiny SD 2.x, whose levels are rescaled to zero terminal SNR, by
k-diffusion's samplers on a Brownian path, over ComfyUI's ddim_uniform levels. The path's tree lies over the levels' ends, so
their last digits show in the noise.

    python tools/tiny-model/zero_snr.py
"""

import os
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")

import bpe  # noqa: F401 (its import path)
import k_diffusion as K
import torch

from golden import Golden
from make import DATA
from models import SD2
from runs import conditions, guided, record
from sampling import Run, finish
from seed_variations import unit_noise
from texts import FOX, NEGATIVE

COMMAND = "python tools/tiny-model/zero_snr.py"
SAMPLERS = {"dpmpp_sde": K.sampling.sample_dpmpp_sde, "dpmpp_2m_sde": K.sampling.sample_dpmpp_2m_sde,
            "dpmpp_3m_sde": K.sampling.sample_dpmpp_3m_sde}
STEPS = 7


def ddim_uniform(alphas_cumprod):
    """ComfyUI, comfy/samplers.py: every (1000 // steps)-th level from timestep 1 on."""
    table = ((1 - alphas_cumprod) / alphas_cumprod) ** 0.5
    return torch.cat([table[1 :: len(table) // STEPS].flip(0), torch.zeros(1)])


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    (DATA / "zero-snr").mkdir(exist_ok=True)
    g = Golden(DATA, SD2)
    sigmas = ddim_uniform(g.alphas_cumprod)
    for sampler, function in SAMPLERS.items():
        for seed in (42, 7):
            case = (sampler, "ddim_uniform", seed, FOX, NEGATIVE, 7.5, (64, 64))
            run = Run(sigmas=sigmas, noise=unit_noise(seed, (1, 4, 8, 8)))
            run.x, run.denoised = [torch.zeros(1)], [torch.zeros(1)]  # what leads to the picture is not compared
            start = run.noise * sigmas[0]
            path = K.sampling.BrownianTreeNoiseSampler(start, sigmas[-2], sigmas[0], seed=seed)
            model = guided(g, g.pipe, conditions(g, case), 7.5)
            run.latents = function(model, start, sigmas, disable=True, noise_sampler=path)
            record(g, f"{sampler}_{seed}", case, finish(g.pipe.vae, run), {"steps": STEPS})
    g.write_pictures("zero-snr", COMMAND)


main()
