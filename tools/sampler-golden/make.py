#!/usr/bin/env python3
"""Makes tests/unit/data/k_diffusion.json: what k-diffusion and diffusers compute, for the samplers' unit tests.

    pip install torch k-diffusion diffusers
    python3 tools/sampler-golden/make.py > tests/unit/data/k_diffusion.json

The model is a stand-in with a closed form, D(x, sigma) = tanh(x / sqrt(1 + sigma^2)); the k-th draw of noise, from
k = 1, is cos(k) * [1, -1, 0.5]. Everything runs in float64, so that the tests can compare to rounding; only
k-diffusion's t_to_sigma and diffusers' tables are float32 inside.
"""

import importlib.metadata
import json
import math
import sys
import types
import warnings

warnings.filterwarnings("ignore")

import diffusers.schedulers.scheduling_lcm as lcm  # noqa: E402
import torch  # noqa: E402

# k_diffusion imports clip for its image evaluation, which nothing here uses.
sys.modules.setdefault("clip", types.ModuleType("clip"))
from k_diffusion import external, sampling  # noqa: E402

torch.set_default_dtype(torch.float64)

NOISE = torch.tensor([1.0, -1.0, 0.5])
START = torch.tensor([0.5, -1.0, 1.5])


class Noise:
    def __init__(self):
        self.draws = 0

    def __call__(self, *_):
        self.draws += 1
        return math.cos(self.draws) * NOISE


class Model:
    def __init__(self):
        self.calls = 0

    def __call__(self, x, sigma):
        self.calls += 1
        return torch.tanh(x / torch.sqrt(1 + sigma**2)[:, None])


def training_sigmas(dtype):
    """Stable Diffusion's noise levels: betas "scaled linear" from 0.00085 to 0.012 over 1000 timesteps."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=dtype) ** 2
    alphas_cumprod = torch.cumprod(1 - betas, dim=0)
    return ((1 - alphas_cumprod) / alphas_cumprod) ** 0.5


def run(name, function, sigmas, eta=None, **params):
    model, noise = Model(), Noise()
    torch.randn_like = lambda x: noise()[None]
    arguments = dict(params)
    if eta is not None:
        arguments.update(eta=eta, noise_sampler=lambda *interval: noise(*interval)[None])
        params["eta"] = eta
    x = function(model, (sigmas[0] * START)[None], sigmas, disable=True, **arguments)
    return {"sampler": name, "params": params, "sigmas": sigmas.tolist(), "evaluations": model.calls,
            "x": x[0].tolist()}


def run_lcm(steps):
    """diffusers' LCM walks in the variance-preserving form: x_vp = x / sqrt(1 + sigma^2)."""
    scheduler = lcm.LCMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
                             set_alpha_to_one=True)
    scheduler.set_timesteps(steps)
    noise, model = Noise(), Model()
    lcm.randn_tensor = lambda *args, **kwargs: noise()
    levels = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod).sqrt().double()
    sigmas = levels[scheduler.timesteps]
    x_vp = sigmas[0] * START / torch.sqrt(1 + sigmas[0] ** 2)
    for t, sigma in zip(scheduler.timesteps, sigmas):
        x = x_vp * torch.sqrt(1 + sigma**2)
        epsilon = (x - model(x[None], sigma[None])[0]) / sigma
        x_vp = scheduler.step(epsilon, t, x_vp, return_dict=False)[0].double()
    return {"sampler": "lcm", "params": {}, "sigmas": sigmas.tolist() + [0.0], "evaluations": model.calls,
            "x": x_vp.tolist()}


def lcm_timesteps():
    scheduler = lcm.LCMScheduler()
    result = []
    for steps in range(1, 51):
        scheduler.set_timesteps(steps)
        result.append(scheduler.timesteps.tolist())
    return result


def main():
    table = training_sigmas(torch.float64)
    schedule = external.DiscreteSchedule(table, quantize=False)
    low, high = table[0].item(), table[-1].item()
    karras = sampling.get_sigmas_karras(6, 0.0291675, 14.614642)
    # At every level, so that the draws stay in step: k-diffusion draws even where it adds no noise.
    churn = dict(s_churn=3.0, s_noise=1.007)
    above_zero = karras[:-1]  # a run that ends before 0
    trajectories = [
        run("euler", sampling.sample_euler, karras),
        run("euler", sampling.sample_euler, karras, **churn),
        run("euler", sampling.sample_euler, above_zero),
        run("euler_a", sampling.sample_euler_ancestral, karras, eta=1.0),
        run("euler_a", sampling.sample_euler_ancestral, karras, eta=0.5),
        run("euler_a", sampling.sample_euler_ancestral, karras, eta=0.0),
        run("euler_a", sampling.sample_euler_ancestral, karras, eta=1.0, s_noise=1.1),
        run("heun", sampling.sample_heun, karras),
        run("heun", sampling.sample_heun, karras, **churn),
        run("heun", sampling.sample_heun, above_zero),
        run("dpmpp_2m", sampling.sample_dpmpp_2m, karras),
        run("dpmpp_2m", sampling.sample_dpmpp_2m, above_zero),
        run("dpmpp_2m", sampling.sample_dpmpp_2m, schedule.get_sigmas(20)),
        run_lcm(4),
        run_lcm(8),
    ]
    versions = {name: importlib.metadata.version(name) for name in ("k-diffusion", "diffusers", "torch")}
    json.dump(
        {
            "made_by": "tools/sampler-golden/make.py",
            "versions": versions,
            "training_sigmas": table.tolist(),
            "trajectories": trajectories,
            "normal": {str(n): schedule.get_sigmas(n).tolist() for n in (1, 2, 3, 10, 20, 50)},
            "sgm_uniform": {
                str(n): sampling.append_zero(schedule.t_to_sigma(torch.linspace(999, 0, n + 1)[:-1])).tolist()
                for n in (1, 2, 3, 10, 20, 50)
            },
            "karras": {str(n): sampling.get_sigmas_karras(n, low, high).tolist() for n in (1, 2, 3, 10, 20, 50)},
            "karras_rho_5": {str(n): sampling.get_sigmas_karras(n, 0.1, 10.0, rho=5.0).tolist() for n in (10,)},
            "lcm_timesteps": lcm_timesteps(),
        },
        sys.stdout,
        indent=None,
        separators=(",", ":"),
    )
    print()


main()
