#!/usr/bin/env python3
"""Makes tests/golden/data/guidance: pictures of the tiny SD 1.x and 2.x with guidance beyond the plain scale, with noise
levels of the request's own, and from varied noise. `request` in an entry has the fields of POST /generate that say so;
null takes one away.

    python tools/tiny-model/guidance.py

CFG rescale and levels are diffusers' own pipelines' doing. The rest is k-diffusion's Euler samplers over the formulas of
the papers, written out on the network's output; where both can, they must agree. The models are those of make.py.
"""

import os
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")

import bpe  # noqa: F401 (its import path)
import torch
from PIL import Image
from seed_variations import initial_noise, unit_noise

from conditions import join
from golden import Golden
from make import DATA
from models import SD2, SD15
from runs import STEPS, agree, euler_pipeline, pipeline_arguments, record
from sampling import K_SAMPLERS, Guided, GuidedV, Run, finish, make_schedule
from texts import FOX, NEGATIVE

SIZE = (64, 64)
COMMAND = "python tools/tiny-model/guidance.py"
LEVELS = [14.0, 7.5, 3.2, 1.1, 0.4, 0.1, 0.0]


class Outputs:
    """The guidance under test, on what the network itself predicts: noise or v."""

    scale, rescale, perp_neg, window = 7.5, 0.0, None, None

    def forward(self, x, sigma):
        guided = self.window is None or self.window[0] <= self.step < self.window[1]
        prompts = [self.positive] if not guided else [self.positive, self.negative]
        if guided and self.perp_neg is not None:
            prompts.append(self.empty)
        c_in = 1 / (sigma**2 + 1) ** 0.5
        t = self.sigma_to_t(sigma)
        n = len(prompts)
        out = self.inner_model(torch.cat([x * c_in] * n), torch.cat([t] * n), prompt=join(*prompts)).chunk(n)
        self.evaluations += n
        self.step += 1
        return self.denoised(x, sigma, self.combine(*out) if guided else out[0])

    def denoised(self, x, sigma, out):
        if isinstance(self, GuidedV):
            return x / (sigma**2 + 1) - out * sigma / (sigma**2 + 1) ** 0.5
        return x - sigma * out

    def combine(self, positive, negative, empty=None):
        if self.perp_neg is None:
            out = negative + self.scale * (positive - negative)
        else:  # Armandpour et al. 2023
            main, bad = positive - empty, negative - empty
            across = bad - (bad * main).sum() / main.square().sum() * main
            out = empty + self.scale * (main - self.perp_neg * across)
        # Lin et al. 2024, section 3.4.
        return self.rescale * out * (positive.std() / out.std()) + (1 - self.rescale) * out


def network(g, negative, **settings):
    base = GuidedV if g.model.predicts_v else Guided
    kind = type("Tested", (Outputs, base), {})
    model = kind(g.pipe.unet, g.alphas_cumprod, g.condition(FOX), g.condition(negative, negative=True), 1)
    model.empty, model.step, model.evaluations = g.condition("", negative=True), 0, 0
    for name, value in settings.items():
        setattr(model, name, value)
    return model


@torch.no_grad()
def sample_from(model, sampler, sigmas, noise, generator=None):
    run = Run(sigmas=sigmas, noise=noise)

    def step_noise(_sigma, _sigma_next):
        run.step_noise.append(torch.randn(noise.shape, generator=generator))
        return run.step_noise[-1]

    def note(state):
        run.x.append(state["x"])
        run.denoised.append(state["denoised"])

    extra = {"noise_sampler": step_noise} if sampler == "euler_a" else {}
    run.latents = K_SAMPLERS[sampler](model, noise * sigmas[0], sigmas, callback=note, disable=True, **extra)
    return run


def case(sampler="euler", seed=42, negative=NEGATIVE):
    return (sampler, "normal", seed, FOX, negative, 7.5, SIZE)


def keep(g, name, run, request, of=case(), **extra):
    record(g, name, of, finish(g.pipe.vae, run), {"request": request, **extra})


@torch.no_grad()
def rescaled(g, sigmas):
    pipe = euler_pipeline(g, g.model.pipeline)
    for name, factor in (("rescale_0_7", 0.7), ("rescale_1", 1.0)):
        ours = sample_from(network(g, NEGATIVE, rescale=factor), "euler", sigmas, unit_noise(42, (1, 4, 8, 8)))
        arguments = pipeline_arguments(g, case(), sigmas)
        ours.latents, theirs = pipe(**arguments, guidance_rescale=factor, height=64, width=64).images, ours.latents
        agree(f"{g.model.folder} {name}: diffusers and the formula", ours.latents, theirs)
        keep(g, name, ours, {"guidance_rescale": factor})


def perpendicular(g, sigmas):
    noise = unit_noise(42, (1, 4, 8, 8))
    run = sample_from(network(g, NEGATIVE, perp_neg=1.5), "euler", sigmas, noise)
    keep(g, "perp_neg", run, {"perp_neg_scale": 1.5})
    run = sample_from(network(g, NEGATIVE, perp_neg=1.0, rescale=0.7), "euler", sigmas, noise)
    keep(g, "perp_neg_rescaled", run, {"perp_neg_scale": 1.0, "guidance_rescale": 0.7})


def limited(g, sigmas):
    model = network(g, NEGATIVE, window=(2, 6))
    run = sample_from(model, "euler", sigmas, unit_noise(42, (1, 4, 8, 8)))
    assert model.evaluations == 4 * 2 + 4
    keep(g, "limited", run, {"guidance_start": 0.25, "guidance_end": 0.75})


@torch.no_grad()
def own_levels(g):
    sigmas, plain = torch.tensor(LEVELS), case(negative=NEGATIVE)
    request = {"sigmas": LEVELS, "steps": None, "schedule": None}
    run = sample_from(network(g, NEGATIVE), "euler", sigmas, unit_noise(42, (1, 4, 8, 8)))
    pipe = euler_pipeline(g, g.model.pipeline)
    theirs = pipe(**pipeline_arguments(g, plain, sigmas), height=64, width=64).images
    agree("levels: k-diffusion and diffusers", run.latents, theirs)
    keep(g, "levels", run, request)
    # Image to image: the last int(6 * 0.6) of the levels' steps.
    picture = Image.open(g.data / "init.png").convert("RGB")
    pipe = euler_pipeline(g, g.model.image_pipeline)
    run = Run(sigmas=sigmas[3:], noise=unit_noise(42, (1, 4, 8, 8)), x=[torch.zeros(1)], denoised=[torch.zeros(1)])
    run.latents = pipe(**pipeline_arguments(g, plain, sigmas), image=picture, strength=0.6).images
    keep(g, "levels_img2img", run, request, strength=0.6, init="init.png")


def varied(g, sigmas):
    shape = (4, 8, 8)
    start = initial_noise(42, shape, subseed=7, strength=0.3)[None]
    request = {"subseed": 7, "subseed_strength": 0.3}
    keep(g, "variation", sample_from(network(g, NEGATIVE), "euler", sigmas, start), request)
    # Step noise goes on from the image's own generator, whose first draw the start was made of.
    generator = torch.Generator("cpu").manual_seed(42)
    torch.randn((1, *shape), generator=generator)
    run = sample_from(network(g, NEGATIVE), "euler_a", sigmas, start, generator)
    keep(g, "variation_euler_a", run, request, case("euler_a"))
    start = initial_noise(42, shape, resize_from=(16, 12))[None]
    request = {"seed_resize_from_width": 96, "seed_resize_from_height": 128}
    keep(g, "seed_resize", sample_from(network(g, NEGATIVE), "euler", sigmas, start), request)
    delta = 31337
    generator = torch.Generator("cpu").manual_seed(42 + delta)
    run = sample_from(network(g, NEGATIVE), "euler_a", sigmas, unit_noise(42, (1, *shape)), generator)
    keep(g, "noise_seed_delta", run, {"eta_noise_seed_delta": delta}, case("euler_a"))


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = DATA / "guidance"
    folder.mkdir(exist_ok=True)
    for model in (SD15, SD2):
        g = Golden(DATA, model)
        sigmas = make_schedule("normal", STEPS, g.alphas_cumprod)
        for part in (rescaled, perpendicular, limited):
            part(g, sigmas)
        if model is SD15:
            own_levels(g)
            varied(g, sigmas)
        g.write_pictures("guidance", COMMAND)


if __name__ == "__main__":
    main()
