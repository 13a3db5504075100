"""Noise levels of every schedule, by k-diffusion and diffusers where they have it, else by its published formula."""

import math

import diffusers
import numpy as np
import scipy.stats
import torch
from common import SCHEDULE, TABLE, sampling

STEPS = (1, 2, 3, 4, 10, 20, 50, 150)
LOW, HIGH = TABLE[0].item(), TABLE[-1].item()
SIGMAS = TABLE.numpy()


def append_zero(levels):
    return [float(level) for level in levels] + [0.0]


def simple(n):
    """ComfyUI, simple_scheduler."""
    return append_zero(SIGMAS[-(1 + int(x * (len(SIGMAS) / n)))] for x in range(n))


def ddim_uniform(n):
    """Where n divides the table, diffusers' "leading" spacing; else ComfyUI's ddim_scheduler."""
    if 1000 % n == 0:
        scheduler = diffusers.DDIMScheduler(timestep_spacing="leading", steps_offset=1)
        scheduler.set_timesteps(n)
        return append_zero(TABLE[scheduler.timesteps])
    return append_zero(reversed([SIGMAS[i] for i in range(1, 1000, max(1000 // n, 1))]))


def beta_timesteps(n, a=0.6, b=0.6):
    """ComfyUI, beta_scheduler: levels that repeat are dropped."""
    places = np.rint(scipy.stats.beta.ppf(1 - np.linspace(0, 1, n, endpoint=False), a, b) * 999).astype(int)
    return append_zero(SIGMAS[t] for k, t in enumerate(places) if k == 0 or t != places[k - 1])


def beta_sigmas(n):
    scheduler = diffusers.DPMSolverMultistepScheduler(use_beta_sigmas=True)
    return append_zero(scheduler._convert_to_beta(in_sigmas=TABLE.flip(0), num_inference_steps=n))


def kl_optimal(n):
    """ComfyUI, kl_optimal_scheduler: Sabour et al. 2024, eq. 19. One level is the highest."""
    ramp = np.arange(n) / max(n - 1, 1)
    return append_zero(np.tan(ramp * math.atan(LOW) + (1 - ramp) * math.atan(HIGH)))


def linear_quadratic(n, threshold=0.025):
    """Genmo's linear_quadratic_schedule, its polynomial in powers of the step, times the highest level."""
    if n == 1:
        return [HIGH, 0.0]
    linear = n // 2
    quadratic = n - linear
    difference = linear - threshold * n
    a = difference / (linear * quadratic**2)
    b = threshold / linear - 2 * difference / quadratic**2
    c = a * linear**2
    gone = [i * threshold / linear for i in range(linear)] + [a * i**2 + b * i + c for i in range(linear, n)] + [1.0]
    return [HIGH * (1 - g) for g in gone]


def align_your_steps(n, name):
    """The authors' notebook: log-linear in the table, at steps + 1 points; diffusers ends its copies with 0."""
    table = list(diffusers.schedulers.AysSchedules[name])
    table[-1] = 0.029
    levels = np.exp(np.interp(np.linspace(0, 1, n + 1), np.linspace(0, 1, 11), np.log(table)))
    return append_zero(levels[:-1])


def turbo(n):
    scheduler = diffusers.EulerAncestralDiscreteScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    return append_zero(TABLE[scheduler.timesteps.long()])


def sgm_uniform(n):
    return append_zero(SCHEDULE.t_to_sigma(torch.linspace(999, 0, n + 1)[:-1]))


# id, parameters (an enumeration's by index), levels
SCHEDULES = [
    ("normal", {}, lambda n: SCHEDULE.get_sigmas(n).tolist()),
    ("karras", {}, lambda n: sampling.get_sigmas_karras(n, LOW, HIGH).tolist()),
    ("karras", dict(rho=5.0, sigma_min=0.1, sigma_max=10.0),
     lambda n: sampling.get_sigmas_karras(n, 0.1, 10.0, rho=5.0).tolist()),
    ("exponential", {}, lambda n: sampling.get_sigmas_exponential(n, LOW, HIGH).tolist()),
    ("exponential", dict(sigma_min=0.1, sigma_max=10.0),
     lambda n: sampling.get_sigmas_exponential(n, 0.1, 10.0).tolist()),
    ("polyexponential", {}, lambda n: sampling.get_sigmas_polyexponential(n, LOW, HIGH).tolist()),
    ("polyexponential", dict(rho=2.5), lambda n: sampling.get_sigmas_polyexponential(n, LOW, HIGH, rho=2.5).tolist()),
    ("simple", {}, simple),
    ("sgm_uniform", {}, sgm_uniform),
    ("ddim_uniform", {}, ddim_uniform),
    ("beta", {}, beta_timesteps),
    ("beta", dict(alpha=0.5, beta=1.3), lambda n: beta_timesteps(n, 0.5, 1.3)),
    ("beta", dict(over=1), beta_sigmas),
    ("kl_optimal", {}, kl_optimal),
    ("linear_quadratic", {}, linear_quadratic),
    ("linear_quadratic", dict(threshold=0.1), lambda n: linear_quadratic(n, 0.1)),
    ("align_your_steps", {}, lambda n: align_your_steps(n, "StableDiffusionSigmas")),
    ("align_your_steps", dict(table=2), lambda n: align_your_steps(n, "StableDiffusionXLSigmas")),
    ("turbo", {}, turbo),
]


def all_levels():
    return [{"schedule": name, "params": params, "steps": n, "sigmas": levels(n)}
            for name, params, levels in SCHEDULES for n in STEPS]


def lcm_timesteps():
    scheduler = diffusers.LCMScheduler()
    result = []
    for steps in range(1, 51):
        scheduler.set_timesteps(steps)
        result.append(scheduler.timesteps.tolist())
    return result
