"""Trajectories of diffusers' schedulers, whose latents are in the variance-preserving form: x_vp = x / sqrt(1 + sigma^2).

Their tables are float32; here they are widened to the float64 ones, so that the tests can compare to rounding.
"""

import importlib

import torch
from common import ABOVE_ZERO, FORTY, GRIDS, SCHEDULE, STAND_IN, TABLE, TWENTY, record

import diffusers

BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def make(name, **config):
    scheduler = getattr(diffusers, name)(**BETAS, **config)
    scheduler.alphas_cumprod = 1 / (1 + TABLE**2)
    if hasattr(scheduler, "final_alpha_cumprod"):
        scheduler.final_alpha_cumprod = torch.tensor(1.0)
    return scheduler


def walk(scheduler, sigmas, noise, setting=STAND_IN, **step):
    """From sigmas[0] through scheduler.timesteps, at `sigmas`; the result is still x_vp. The model's estimate comes as
    what the scheduler says that it predicts."""
    model = setting.model()
    module = importlib.import_module(type(scheduler).__module__)
    module.randn_tensor = lambda *args, **kwargs: noise()[None]
    x_vp = (sigmas[0] * setting.start / torch.sqrt(1 + sigmas[0] ** 2))[None]
    for t, sigma in zip(scheduler.timesteps, sigmas):
        x = x_vp * torch.sqrt(1 + sigma**2)
        denoised = model(x, sigma[None])
        output = (x - denoised) / sigma
        if scheduler.config.prediction_type == "v_prediction":
            output = (output - sigma * denoised) / torch.sqrt(1 + sigma**2)
        x_vp = scheduler.step(output, t, x_vp, return_dict=False, **step)[0]
    return x_vp[0], model.calls


def by_timestep(ours, name, steps, params=None, last=0.0, config=None, setting=STAND_IN, **step):
    """For schedulers that look levels up by timestep."""
    scheduler = make(name, **(config or {}))
    scheduler.set_timesteps(steps)
    visited = TABLE[scheduler.timesteps]
    x_vp, calls = walk(scheduler, visited, setting.noise(), setting, **step)
    levels = torch.unique(visited).flip(0)  # PNDM visits one twice
    return record("diffusers", ours, params or {}, torch.cat([levels, torch.tensor([last])]), calls,
                  x_vp * (1 + last**2) ** 0.5)


def by_sigma(ours, name, sigmas, params=None, noise=None, timesteps=None, setting=STAND_IN, **config):
    """For schedulers that take any levels; `timesteps` matter only where they ask for them."""
    scheduler = make(name, **config)
    scheduler.set_timesteps(len(sigmas) - 1)
    scheduler.sigmas = sigmas
    if timesteps is not None:
        scheduler.timesteps = timesteps
    scheduler.set_begin_index(0)
    x_vp, calls = walk(scheduler, sigmas[:-1], noise(scheduler, setting) if noise else setting.noise(), setting)
    return record("diffusers", ours, params or {}, sigmas, calls, x_vp * torch.sqrt(1 + sigmas[-1] ** 2))


def sa_noise(scheduler, setting):
    """Draws only where the noise counts: the scheduler draws also where its tau is 0."""
    noise = setting.noise()
    return lambda: noise() if scheduler.tau_func(scheduler.timestep_list[-1]) > 0 else torch.zeros_like(setting.start)


def trajectories():
    plain = dict(clip_sample=False)
    out = []
    for steps in (4, 8, 20):
        out.append(by_timestep("lcm", "LCMScheduler", steps, config=plain))
        for eta in (0.0, 0.3, 1.0):
            out.append(by_timestep("ddim", "DDIMScheduler", steps, dict(eta=eta), config=dict(plain, steps_offset=1),
                                   eta=eta))
            out.append(by_timestep("tcd", "TCDScheduler", steps, dict(eta=eta), last=TABLE[0].item(),
                                   config=plain, eta=eta))
        out.append(by_timestep("ddpm", "DDPMScheduler", steps, config=plain))
        out.append(by_timestep("pndm", "PNDMScheduler", steps, config=dict(skip_prk_steps=True, steps_offset=1)))
        out.append(by_timestep("pndm", "PNDMScheduler", steps, dict(extrapolate=1),
                               config=dict(skip_prk_steps=True, steps_offset=1, prediction_type="v_prediction"))
                   | {"prediction": "v"})

    above_zero = (ABOVE_ZERO, TWENTY[:-1], FORTY[:-1])
    for order in (1, 2, 3):
        params = dict(order=order)
        for sigmas in GRIDS + above_zero:
            out.append(by_sigma("uni_pc_bh2", "UniPCMultistepScheduler", sigmas, params, solver_type="bh2",
                                solver_order=order))
        for sigmas in above_zero:  # to 0, theirs is NaN
            out.append(by_sigma("uni_pc", "UniPCMultistepScheduler", sigmas, params, solver_type="bh1",
                                solver_order=order))
            out.append(by_sigma("deis", "DEISMultistepScheduler", sigmas, params, solver_order=order))
        for corrector in (1, 2, 3):
            for sigmas in above_zero:
                out.append(by_sigma("sa_solver", "SASolverScheduler", sigmas,
                                    dict(order=order, corrector_order=corrector), noise=sa_noise,
                                    timesteps=SCHEDULE.sigma_to_t(sigmas[:-1], quantize=False),
                                    predictor_order=order, corrector_order=corrector))
    return out
