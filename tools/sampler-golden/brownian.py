"""Noise of k-diffusion's BrownianTreeNoiseSampler, which is torchsde's BrownianTree, and the seeds that it is made from."""

import numpy as np
import torch
from common import sampling

PASSAGES = ((14.614642, 9.1029339), (9.1029339, 5.4783993), (5.4783993, 0.5), (14.614642, 5.4783993), (5.4783993, 3.3),
            (0.5, 0.0291675), (14.614642, 0.0291675), (9.1029339, 9.1029))
SEQUENCES = ((0, ()), (0, (0, 0)), (12345678901, (3, 2)), (2**64 - 1, (2**24, 25)))


def draws(seed, shape, low=0.0291675, high=14.614642):
    noise = sampling.BrownianTreeNoiseSampler(torch.zeros(shape, dtype=torch.float32), torch.tensor(low),
                                              torch.tensor(high), seed=seed)
    return {"seed": str(seed), "count": int(np.prod(shape)), "low": low, "high": high,
            "draws": [{"from": a, "to": b, "noise": noise(torch.tensor(a), torch.tensor(b)).flatten()[-20:].tolist()}
                      for a, b in PASSAGES]}


def golden():
    sequences = [{"entropy": str(entropy), "spawn_key": key,
                  "state": np.random.SeedSequence(entropy, spawn_key=key, pool_size=24).generate_state(4).tolist()}
                 for entropy, key in SEQUENCES]
    return {"seed_sequences": sequences,
            "trees": [draws(0, (1, 4, 8, 8)), draws(42, (1, 3, 3, 5)), draws(2**40 + 7, (1, 4, 16, 16))]}
