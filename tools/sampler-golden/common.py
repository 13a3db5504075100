"""The stand-in model, the noise and the noise levels that every run of the golden data shares.

The model has a closed form, D(x, sigma) = tanh(x / sqrt(1 + sigma^2)), and so has the estimate without a prompt, half of
it; the k-th draw of noise, from k = 1, is cos(k) * [1, -1, 0.5]. tests/unit/fake_sampling.hpp has the same. Everything runs
in float64, so that the tests can compare to rounding.
"""

import math
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from unittest.mock import MagicMock

warnings.filterwarnings("ignore")

# k_diffusion imports these for its training and evaluation, which nothing here uses.
for name in ("clip", "cleanfid", "cleanfid.inception_torchscript", "dctorch", "einops", "jsonmerge", "skimage",
             "torchvision", "torchvision.transforms"):
    if name.split(".")[0] in sys.modules or find_spec(name.split(".")[0]) is None:
        sys.modules.setdefault(name, MagicMock())

import torch  # noqa: E402
from k_diffusion import external, sampling  # noqa: E402

torch.set_default_dtype(torch.float64)

NOISE = torch.tensor([1.0, -1.0, 0.5])
START = torch.tensor([0.5, -1.0, 1.5])
UNCONDITIONAL = 0.5


class Noise:
    def __init__(self):
        self.draws = 0

    def __call__(self, *_, **__):
        self.draws += 1
        return math.cos(self.draws) * NOISE


class Model:
    def __init__(self):
        self.calls = 0

    def __call__(self, x, sigma):
        self.calls += 1
        return torch.tanh(x / torch.sqrt(1 + sigma**2)[:, None])


@dataclass
class Setting:
    """What a run happens in: makers of a fresh model and of fresh noise, and the noise that it starts from."""

    model: Callable = Model
    noise: Callable = Noise
    start: torch.Tensor = field(default_factory=lambda: START)


STAND_IN = Setting()


def training_sigmas():
    """Stable Diffusion's noise levels: betas "scaled linear" from 0.00085 to 0.012 over 1000 timesteps."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    alphas_cumprod = torch.cumprod(1 - betas, dim=0)
    return ((1 - alphas_cumprod) / alphas_cumprod) ** 0.5


TABLE = training_sigmas()
SCHEDULE = external.DiscreteSchedule(TABLE, quantize=False)

FEW = sampling.get_sigmas_karras(6, 0.0291675, 14.614642)
ABOVE_ZERO = FEW[:-1]  # a run that ends before 0
TWENTY = SCHEDULE.get_sigmas(20)
GRIDS = (FEW, ABOVE_ZERO, TWENTY)
FORTY = sampling.get_sigmas_karras(40, 0.0291675, 14.614642)


def record(reference, name, params, sigmas, evaluations, x):
    return {"reference": reference, "sampler": name, "params": params, "sigmas": [float(s) for s in sigmas],
            "evaluations": evaluations, "x": x.tolist() if isinstance(x, torch.Tensor) else [float(v) for v in x]}
