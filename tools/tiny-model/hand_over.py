"""SDXL's base model and its refiner one after the other: diffusers' denoising_end and denoising_start.

Euler is run by diffusers' own pipelines. The others are k-diffusion's, over the noise levels up to the cut and from there
on; where diffusers cuts is asked of its scheduler and pipeline. One generator serves both models.
"""

import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline

from golden import Golden
from models import SDXL, SDXL_REFINER
from runs import agree, conditions, euler_pipeline, guided
from sampling import K_SAMPLERS, decode, make_schedule
from picture import to_pixels
from texts import CITY, FOX, NEGATIVE

MEANING = (
    "base_steps of the steps by the base model, the rest by the refiner, which goes on with the same generator; "
    "handed: the base's latents at the cut; splits: how many of the steps diffusers gives the base"
)
STEPS = 10
# name: sampler, schedule, seed, prompt, negative, cfg, (width, height), where the refiner starts
RUNS = {
    "euler_normal": ("euler", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64), 0.8),
    "euler_karras": ("euler", "karras", 7, CITY, "", 5.0, (96, 64), 0.55),
    "euler_a_normal": ("euler_a", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64), 0.7),
    "dpmpp_2m_karras": ("dpmpp_2m", "karras", 42, CITY, NEGATIVE, 7.5, (64, 64), 0.6),
}
# Where both the levels and the fraction fall between two steps, on one, and at the ends.
SPLITS = [
    (schedule, steps, start)
    for schedule in ("normal", "karras", "sgm_uniform")
    for steps in (1, 5, 10, 25)
    for start in (0.05, 0.2, 0.5, 0.55, 0.8, 0.9995)
]


def scheduler_with(sigmas):
    scheduler = EulerDiscreteScheduler.from_config(SDXL.scheduler.config, timestep_spacing="linspace")
    scheduler.set_timesteps(sigmas=sigmas.tolist())
    return scheduler


def base_steps(sigmas, start):
    """As StableDiffusionXLPipeline.__call__ counts them for denoising_end."""
    scheduler = scheduler_with(sigmas)
    cutoff = int(round(scheduler.config.num_train_timesteps - start * scheduler.config.num_train_timesteps))
    own = len([t for t in scheduler.timesteps if t >= cutoff])
    # The refiner's side must count the rest.
    rest = (scheduler.timesteps < cutoff).sum().item()
    assert own + rest == len(scheduler.timesteps)
    return own


def splits(alphas_cumprod):
    cases = []
    for schedule, steps, start in SPLITS:
        sigmas = make_schedule(schedule, steps, alphas_cumprod)
        case = {"schedule": schedule, "steps": steps, "start": start, "sigmas": sigmas.tolist()}
        cases.append(case | {"base": base_steps(sigmas, start)})
    return cases


@torch.no_grad()
def run_k(golden, case, sigmas, cut):
    """Both parts by k-diffusion, the noise from one generator."""
    sampler, _, seed, _, _, cfg, (width, height), _ = case
    generator = torch.Generator("cpu").manual_seed(seed)
    shape = (1, 4, height // 8, width // 8)
    noise = torch.randn(shape, generator=generator)
    draws = []

    def step_noise(_sigma, _sigma_next):
        draws.append(torch.randn(shape, generator=generator))
        return draws[-1]

    extra = {"noise_sampler": step_noise} if sampler == "euler_a" else {}
    x = noise * sigmas[0]
    parts = []
    for g, levels in zip(golden, (sigmas[: cut + 1], sigmas[cut:])):
        model = guided(g, g.pipe, conditions(g, case[:7]), cfg)
        x = K_SAMPLERS[sampler](model, x, levels, disable=True, **extra)
        parts.append(x)
    return noise, draws, parts


def run_diffusers(golden, case, sigmas):
    _, _, seed, prompt, negative, cfg, (width, height), start = case
    base = euler_pipeline(golden[0], StableDiffusionXLPipeline)
    refiner = euler_pipeline(golden[1], StableDiffusionXLImg2ImgPipeline)
    common = {
        "prompt": prompt,
        "negative_prompt": negative or None,
        "guidance_scale": cfg,
        "sigmas": sigmas.tolist(),
        "generator": torch.Generator("cpu").manual_seed(seed),
        "output_type": "latent",
    }
    latents = base(**common, denoising_end=start, width=width, height=height).images
    return latents, refiner(**common, image=latents, denoising_start=start).images


def collect(data):
    golden = [Golden(data, SDXL), Golden(data, SDXL_REFINER)]
    tensors, entries = {}, []
    for name, case in RUNS.items():
        sampler, schedule, seed, prompt, negative, cfg, (width, height), start = case
        sigmas = make_schedule(schedule, STEPS, golden[0].alphas_cumprod)
        cut = base_steps(sigmas, start)
        noise, draws, (handed, latents) = run_k(golden, case, sigmas, cut)
        if sampler == "euler":
            theirs = run_diffusers(golden, case, sigmas)
            agree(f"{name}: the base's part by k-diffusion and by diffusers", handed, theirs[0])
            agree(f"{name}: the refiner's part by k-diffusion and by diffusers", latents, theirs[1])
            handed, latents = theirs
        image = to_pixels(decode(golden[1].pipe.vae, latents))
        values = {"sigmas": sigmas, "noise": noise, "handed": handed, "latents": latents, "image": image}
        if draws:
            values["step_noise"] = torch.cat(draws)
        tensors |= {f"{name}/{key}": value.detach().clone().contiguous() for key, value in values.items()}
        entries.append(
            {
                "name": name,
                "sampler": sampler,
                "schedule": schedule,
                "steps": STEPS,
                "seed": str(seed),
                "prompt": prompt,
                "negative": negative,
                "cfg": cfg,
                "width": width,
                "height": height,
                "refiner": SDXL_REFINER.folder,
                "refiner_start": start,
                "base_steps": cut,
                "tensors": {key: f"{name}/{key}" for key in values},
            }
        )
    return tensors, {"hand_over": MEANING, "runs": entries, "splits": splits(golden[0].alphas_cumprod)}
