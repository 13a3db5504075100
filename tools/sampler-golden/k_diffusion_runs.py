"""Trajectories of k-diffusion's own samplers (k_diffusion/sampling.py)."""

import torch
from common import ABOVE_ZERO, FEW, GRIDS, STAND_IN, TWENTY, record, sampling

# Ours and theirs; what each is run with; whether it draws all its noise through a noise_sampler.
CHURN = dict(s_churn=3.0, s_noise=1.007)  # at every level, so that the draws stay in step: k-diffusion draws at gamma = 0
SAMPLERS = [
    ("euler", sampling.sample_euler, [{}, CHURN], False),
    ("euler_a", sampling.sample_euler_ancestral, [{}, dict(eta=0.5), dict(eta=0.0), dict(s_noise=1.1)], True),
    ("heun", sampling.sample_heun, [{}, CHURN], False),
    ("dpm2", sampling.sample_dpm_2, [{}, CHURN], False),
    ("dpm2_a", sampling.sample_dpm_2_ancestral, [{}, dict(eta=0.5), dict(eta=0.0), dict(s_noise=1.1)], True),
    ("lms", sampling.sample_lms, [{}, dict(order=1), dict(order=2), dict(order=3)], False),
    ("dpmpp_2s_a", sampling.sample_dpmpp_2s_ancestral, [{}, dict(eta=0.5), dict(eta=0.0), dict(s_noise=1.1)], True),
    ("dpmpp_sde", sampling.sample_dpmpp_sde, [{}, dict(eta=0.5), dict(eta=0.0), dict(s_noise=1.1), dict(r=0.3)], True),
    ("dpmpp_2m", sampling.sample_dpmpp_2m, [{}], False),
    ("dpmpp_2m_sde", sampling.sample_dpmpp_2m_sde, [{}, dict(eta=0.5), dict(eta=0.0), dict(s_noise=1.1)], True),
    ("dpmpp_2m_sde_heun", sampling.sample_dpmpp_2m_sde, [{}, dict(eta=0.5), dict(eta=0.0)], True),
    ("dpmpp_3m_sde", sampling.sample_dpmpp_3m_sde, [{}, dict(eta=0.5), dict(eta=0.0), dict(s_noise=1.1)], True),
]


def run(name, function, sigmas, params, noise_sampler, setting=STAND_IN):
    model, noise = setting.model(), setting.noise()
    torch.randn_like = lambda x: noise()[None]
    extra = dict(params)
    if noise_sampler:
        extra["noise_sampler"] = lambda *interval: noise()[None]
    if name == "dpmpp_2m_sde_heun":
        extra["solver_type"] = "heun"
    x = function(model, (sigmas[0] * setting.start)[None], sigmas, disable=True, **extra)
    return record("k-diffusion", name, params, sigmas, model.calls, x[0])


def run_dpm(name, sigmas, params, setting=STAND_IN):
    """DPM fast and adaptive know two levels only, and end above 0. Fast spends an evaluation for each interval."""
    model, noise = setting.model(), setting.noise()
    extra = dict(params, noise_sampler=lambda *interval: noise()[None])
    ends = (sigmas[-1].item(), sigmas[0].item())
    x = (sigmas[0] * setting.start)[None]
    if name == "dpm_fast":
        x = sampling.sample_dpm_fast(model, x, *ends, len(sigmas) - 1, disable=True, **extra)
    else:
        x = sampling.sample_dpm_adaptive(model, x, *ends, disable=True, **extra)
    return record("k-diffusion", name, params, sigmas, model.calls, x[0])


def trajectories():
    out = [run(name, function, sigmas, params, noise_sampler)
           for name, function, variants, noise_sampler in SAMPLERS for params in variants for sigmas in GRIDS]
    for sigmas in (FEW[:2], FEW[:3], FEW[:4], ABOVE_ZERO, FEW[:5], TWENTY[:-1]):
        out += [run_dpm("dpm_fast", sigmas, params) for params in ({}, dict(eta=1.0), dict(eta=0.5, s_noise=1.1))]
    for params in ({}, dict(eta=1.0), dict(eta=0.5, s_noise=1.1), dict(order=2), dict(rtol=0.01, atol=0.001),
                   dict(pcoeff=0.2, icoeff=0.5, dcoeff=0.1, h_init=0.5, accept_safety=0.9)):
        out += [run_dpm("dpm_adaptive", sigmas, params) for sigmas in (ABOVE_ZERO, TWENTY[:-1])]
    return out
