"""Runs under a mask: of models that were trained for it, and of any other, whose estimates are blended with the original."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import runs as plain
from picture import to_tensor
from sampling import finish, make_schedule, sample
from texts import FOX, NEGATIVE

SEED, CFG, SIZE = 42, 7.5, (64, 64)


@dataclass(frozen=True)
class Case:
    sampler: str = "euler"
    schedule: str = "normal"
    strength: float = 0.6
    content: str = "original"  # what is under the mask at first
    masked: bool = True


TRAINED = {
    "img2img": Case(masked=False),
    "img2img_max": Case(masked=False, strength=1.0),
    "inpaint": Case(),
    "inpaint_max": Case(strength=1.0),
    "inpaint_euler_a": Case("euler_a"),
    "inpaint_noise": Case(content="noise"),
}
CASES = {
    "tiny-sd15": {
        "inpaint": Case(),
        "inpaint_max": Case(strength=1.0),
        "inpaint_noise": Case(content="noise"),
        "inpaint_zeros": Case(content="zeros"),
        "inpaint_euler_a": Case("euler_a"),
        "inpaint_heun": Case("heun"),
        "inpaint_dpmpp_2m": Case("dpmpp_2m", "karras", 0.8),
    },
    "tiny-sdxl": {"inpaint": Case(), "inpaint_dpmpp_2m": Case("dpmpp_2m", "karras", 0.8)},
    "tiny-sdxl-refiner": {"inpaint": Case()},
    "tiny-sd2": {"inpaint": Case(), "inpaint_max": Case(strength=1.0)},
    "tiny-sd15-inpaint": TRAINED,
    "tiny-sdxl-inpaint": TRAINED,
}


def runs(g):
    if g.model.inpaints:
        shown(g)
    for name, case in CASES[g.model.folder].items():
        run(g, name, case)


@torch.no_grad()
def shown(g):
    """What an inpainting model is shown of the test picture under the test mask."""
    pixels = to_tensor(Image.open(g.data / "init.png").convert("RGB"))
    hole = to_hole(Image.open(g.data / "mask.png"))
    noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(103))
    channels = plain.show(g.pipe.vae, pixels, torch.Generator().manual_seed(103), hole)
    names = {"mask": hole, "noise": noise, "channels": channels}
    g.index["inpaint"] = {name: g.put(f"inpaint/{name}", tensor) for name, tensor in names.items()}


def to_hole(mask):
    """[1, 1, H, W]: 1 where to paint."""
    return torch.from_numpy((np.asarray(mask) >= 128).astype(np.float32))[None, None]


def begin(case, original, hole):
    """What x begins with beside the noise, as a function of the noise."""
    if not case.masked or case.content == "original":
        return lambda noise: original
    return lambda noise: hole * (noise if case.content == "noise" else 0) + (1 - hole) * original


@torch.no_grad()
def run(g, name, case):
    picture = Image.open(g.data / "init.png").convert("RGB")
    mask = Image.open(g.data / "mask.png") if case.masked else Image.new("L", picture.size, 255)
    hole = to_hole(mask)
    small = F.interpolate(hole, size=(8, 8))
    sigmas = make_schedule(case.schedule, plain.STEPS, g.alphas_cumprod)
    first = plain.STEPS - int(plain.STEPS * case.strength)
    settings = (case.sampler, case.schedule, SEED, FOX, NEGATIVE, CFG, SIZE)
    generator = torch.Generator("cpu").manual_seed(SEED)
    model = plain.guided(g, g.pipe, plain.conditions(g, settings), CFG)
    extra = {"strength": case.strength, "init": "init.png", "first_step": first}
    if case.masked:
        extra |= {"mask": "mask.png", "mask_content": case.content}

    original = None
    if case.strength < 1 or not g.model.inpaints:
        original, posterior_noise = plain.encode(g.pipe.vae, to_tensor(picture), generator)
        extra["posterior_noise"] = g.put(f"run/{name}/posterior_noise", posterior_noise)
    if case.strength == 1:  # nothing of what is under the mask
        original_outside = None if g.model.inpaints else (1 - small) * original
        start = None if original_outside is None else lambda noise: original_outside
    else:
        start = begin(case, original, small)
    if g.model.inpaints:
        model.show = lambda generator: plain.show(g.pipe.vae, to_tensor(picture), generator, hole)
    else:
        model.kept = (small, original)
        extra["latent_mask"] = g.put(f"run/{name}/latent_mask", small)
        extra["original"] = g.put(f"run/{name}/original", original)

    done = finish(g.pipe.vae, sample(model, case.sampler, sigmas[first:], generator, SIZE, start=start))
    if start is not None:
        extra["init_latents"] = g.put(f"run/{name}/init_latents", start(done.noise))
    if case.sampler == "euler" and case.content == "original" and (case.strength < 1 or g.model.inpaints):
        agree(g, name, settings, case, sigmas, picture, mask, done)
    plain.record(g, name, settings, done, extra)


def agree(g, name, settings, case, sigmas, picture, mask, done):
    """diffusers' own pipeline. With a mask over another model it puts the original, noised anew with the noise of the start,
    outside the mask after each step: with a deterministic sampler that is what blending the estimates comes to."""
    pipe = plain.euler_pipeline(g, g.model.inpaint_pipeline)
    arguments = plain.pipeline_arguments(g, settings, sigmas)
    theirs = pipe(**arguments, image=picture, mask_image=mask, strength=case.strength, height=64, width=64).images
    plain.agree(f"{name}: k-diffusion and diffusers", done.latents, theirs)
