"""Trajectories of k-diffusion's own samplers (k_diffusion/sampling.py)."""

import torch
from common import GRIDS, START, Model, Noise, record, sampling

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


def run(name, function, sigmas, params, noise_sampler):
    model, noise = Model(), Noise()
    torch.randn_like = lambda x: noise()[None]
    extra = dict(params)
    if noise_sampler:
        extra["noise_sampler"] = lambda *interval: noise()[None]
    if name == "dpmpp_2m_sde_heun":
        extra["solver_type"] = "heun"
    x = function(model, (sigmas[0] * START)[None], sigmas, disable=True, **extra)
    return record("k-diffusion", name, params, sigmas, model.calls, x[0])


def trajectories():
    return [run(name, function, sigmas, params, noise_sampler)
            for name, function, variants, noise_sampler in SAMPLERS for params in variants for sigmas in GRIDS]
