"""Trajectories of samplers that no package has, by the formulas of their papers and of the programs that made them known.

Written from those formulas, slope by slope as they state them, in numpy's long double; nothing of AbleRefusal's is used.
"""

import math

import numpy as np
from common import ABOVE_ZERO, FEW, FORTY, GRIDS, START, TWENTY, UNCONDITIONAL, record

F = np.longdouble
NOISE = np.array([1, -1, 0.5], dtype=F)


class Run:
    """The stand-in model and the noise, counted."""

    def __init__(self):
        self.calls = self.draws = 0

    def denoise(self, x, sigma):
        self.calls += 1
        return np.tanh(x / np.sqrt(1 + sigma**2))

    def slope(self, x, sigma):
        return (x - self.denoise(x, sigma)) / sigma

    def noise(self):
        self.draws += 1
        return F(math.cos(self.draws)) * NOISE


def ancestral(a, b, eta):
    up = min(b, eta * np.sqrt(b**2 * (a**2 - b**2) / a**2))
    return np.sqrt(b**2 - up**2), up


def ipndm(run, x, sigmas, order=4):
    """Zhang & Chen 2022, appendix B; ComfyUI: sample_ipndm."""
    tables = [[1], [3, -1], [23, -16, 5], [55, -59, 37, -9]]
    slopes = []
    for sigma, after in zip(sigmas, sigmas[1:]):
        slopes.insert(0, run.slope(x, sigma))
        weights = tables[min(order, len(slopes)) - 1]
        if after == 0:
            x = x - sigma * slopes[0]
        else:
            x = x + (after - sigma) * sum(w * d for w, d in zip(weights, slopes)) / sum(weights)
    return x


def heun(run, x, sigma, after):
    d = run.slope(x, sigma)
    if after == 0:
        return x + d * (after - sigma)
    x2 = x + d * (after - sigma)
    return x + (d + run.slope(x2, after)) / 2 * (after - sigma)


def karras(n, low, high):
    ramp = np.linspace(F(0), F(1), n)
    return list((high ** (F(1) / 7) + ramp * (low ** (F(1) / 7) - high ** (F(1) / 7))) ** 7)


def restart(run, x, sigmas, s_noise=1):
    """Xu et al. 2023, algorithm 1, with A1111's intervals (modules/sd_samplers_extra.py, restart_sampler)."""
    steps = len(sigmas) - 1
    levels, intervals = list(sigmas), {}
    if steps >= 20:
        again, times = (steps // 4, 2) if steps >= 36 else (9, 1)
        levels = karras(steps - again * times, sigmas[-2], sigmas[0]) + [F(0)]

        def nearest(wanted):
            return int(np.argmin([abs(level - wanted) for level in levels]))

        low, high = nearest(0.1), nearest(2)
        if high < low:
            intervals[low] = [karras(again + 1, levels[low], levels[high])] * times
    pairs = []
    for i in range(len(levels) - 1):
        pairs.append((levels[i], levels[i + 1]))
        for segment in intervals.get(i + 1, []):
            pairs += zip(segment, segment[1:])
    last = None
    for sigma, after in pairs:
        if last is not None and last < sigma:
            x = x + run.noise() * s_noise * np.sqrt(sigma**2 - last**2)
        x = heun(run, x, sigma, after)
        last = after
    return x


def er_sde(run, x, sigmas, order=3, s_noise=1):
    """Cui et al. 2023; ComfyUI: sample_er_sde, with its noise scaler and its 200 points."""

    def scale(v):
        return v * (np.exp(v ** F(0.3)) + 10)

    old = old_slope = None
    for i, (sigma, after) in enumerate(zip(sigmas, sigmas[1:])):
        denoised = run.denoise(x, sigma)
        if after == 0:
            return denoised
        r = scale(after) / scale(sigma)
        x = r * x + (1 - r) * denoised
        stage = min(order, i + 1)
        if stage >= 2:
            dt = after - sigma
            points = after + np.arange(200, dtype=F) * (-dt / 200)
            s = np.sum(1 / scale(points)) * (-dt / 200)
            slope = (denoised - old) / (sigma - sigmas[i - 1])
            x = x + (dt + s * scale(after)) * slope
            if stage >= 3:
                s_u = np.sum((points - sigma) / scale(points)) * (-dt / 200)
                change = (slope - old_slope) / ((sigma - sigmas[i - 2]) / 2)
                x = x + (dt**2 / 2 + s_u * scale(after)) * change
            old_slope = slope
        x = x + run.noise() * s_noise * np.sqrt(after**2 - (sigma * r) ** 2)
        old = denoised
    return x


def res_multistep(run, x, sigmas, eta=0, s_noise=1):
    """Zhang et al. 2023, as ComfyUI's res_multistep: phi functions of -h, the last estimate at c2."""
    old = old_down = None
    for i, (sigma, after) in enumerate(zip(sigmas, sigmas[1:])):
        down, up = ancestral(sigma, after, F(eta)) if eta else (after, F(0))
        denoised = run.denoise(x, sigma)
        if down == 0 or old is None:
            x = x + (x - denoised) / sigma * (down - sigma)
        else:
            t, t_old, t_next, t_previous = -np.log([sigma, old_down, down, sigmas[i - 1]])
            h = t_next - t
            c2 = (t_previous - t_old) / h
            phi1 = np.expm1(-h) / -h
            phi2 = (phi1 - 1) / -h
            x = np.exp(-h) * x + h * ((phi1 - phi2 / c2) * denoised + phi2 / c2 * old)
        if after > 0 and eta:
            x = x + run.noise() * s_noise * up
        old, old_down = denoised, down
    return x


def gradient_estimation(run, x, sigmas, gamma=2):
    """Permenter & Yuan 2023, algorithm 2; ComfyUI: sample_gradient_estimation."""
    old = None
    for sigma, after in zip(sigmas, sigmas[1:]):
        d = run.slope(x, sigma)
        step = d if old is None or after == 0 else F(gamma) * d + (1 - F(gamma)) * old
        x = x + step * (after - sigma)
        old = d
    return x


def heunpp2(run, x, sigmas, s_churn=0, s_noise=1):
    """sd-webui-samplers-scheduler; ComfyUI: sample_heunpp2."""
    steps = len(sigmas) - 1
    for i in range(steps):
        gamma = min(F(s_churn) / steps, np.sqrt(F(2)) - 1)
        sigma, after = sigmas[i] * (1 + gamma), sigmas[i + 1]
        if gamma > 0:
            x = x + run.noise() * F(s_noise) * np.sqrt(sigma**2 - sigmas[i] ** 2)
        d = run.slope(x, sigma)
        step = d
        if i + 1 < steps:
            x2 = x + d * (after - sigma)
            d2 = run.slope(x2, after)
            if i + 2 == steps:
                w2 = after / (2 * sigmas[0])
                step = (1 - w2) * d + w2 * d2
            else:
                x3 = x2 + d2 * (sigmas[i + 2] - after)
                d3 = run.slope(x3, sigmas[i + 2])
                w2, w3 = after / (3 * sigmas[0]), sigmas[i + 2] / (3 * sigmas[0])
                step = (1 - w2 - w3) * d + w2 * d2 + w3 * d3
        x = x + step * (after - sigma)
    return x


def euler_cfg_pp(run, x, sigmas, eta=0, s_noise=1):
    """Chung et al. 2024, algorithm 2; ComfyUI: sample_euler_ancestral_cfg_pp."""
    for sigma, after in zip(sigmas, sigmas[1:]):
        down, up = ancestral(sigma, after, F(eta)) if eta else (after, F(0))
        denoised = run.denoise(x, sigma)
        x = denoised + (x - UNCONDITIONAL * denoised) / sigma * down
        if after > 0 and eta:
            x = x + run.noise() * F(s_noise) * up
    return x


def dpmpp_2m_cfg_pp(run, x, sigmas):
    """ComfyUI: sample_dpmpp_2m_cfg_pp."""
    old = None
    for i, (sigma, after) in enumerate(zip(sigmas, sigmas[1:])):
        denoised = run.denoise(x, sigma)
        unconditional = UNCONDITIONAL * denoised
        ratio = after / sigma
        mix = -ratio * unconditional
        if old is not None and after > 0:
            r = np.log(sigmas[i - 1] / sigma) / np.log(sigma / after)
            mix = mix + (1 - ratio) / (2 * r) * (denoised - old)
        x = denoised + mix + ratio * x
        old = unconditional
    return x


SAMPLERS = [
    ("ipndm", ipndm, [{}, dict(order=1), dict(order=2), dict(order=3)]),
    ("er_sde", er_sde, [{}, dict(order=1), dict(order=2), dict(s_noise=0.5)]),
    ("res_multistep", res_multistep, [{}]),
    ("res_multistep_a", res_multistep, [dict(eta=1.0), dict(eta=0.5, s_noise=1.1), dict(eta=0.0)]),
    ("gradient_estimation", gradient_estimation, [{}, dict(gamma=1.0), dict(gamma=1.5)]),
    ("heunpp2", heunpp2, [{}, dict(s_churn=3.0, s_noise=1.007)]),
    ("euler_cfg_pp", euler_cfg_pp, [{}]),
    ("euler_a_cfg_pp", euler_cfg_pp, [dict(eta=1.0), dict(eta=0.5, s_noise=1.1), dict(eta=0.0)]),
    ("dpmpp_2m_cfg_pp", dpmpp_2m_cfg_pp, [{}]),
]


def one(name, function, sigmas, params):
    run = Run()
    levels = [F(s.item()) for s in sigmas]
    x = function(run, levels[0] * START.numpy().astype(F), levels, **params)
    return record("formula", name, params, sigmas, run.calls, x)


def trajectories():
    out = [one(name, function, sigmas, params)
           for name, function, variants in SAMPLERS for params in variants for sigmas in GRIDS]
    return out + [one("restart", restart, sigmas, params)
                  for sigmas in (FEW, ABOVE_ZERO, TWENTY, FORTY) for params in ({}, dict(s_noise=1.1))]
