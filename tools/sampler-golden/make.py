#!/usr/bin/env python3
"""Makes tests/unit/data/k_diffusion.json: what k-diffusion, diffusers and the papers' formulas give, for the unit tests of
the samplers, the schedules and the Brownian noise.

    pip install torch k-diffusion diffusers scipy
    python3 tools/sampler-golden/make.py > tests/unit/data/k_diffusion.json
"""

import importlib.metadata
import json
import sys

import brownian
import common
import diffusers_runs
import formulas
import k_diffusion_runs
import schedules


def main():
    versions = {name: importlib.metadata.version(name) for name in ("k-diffusion", "diffusers", "torch", "torchsde", "scipy")}
    json.dump(
        {
            "made_by": "tools/sampler-golden/make.py",
            "versions": versions,
            "training_sigmas": common.TABLE.tolist(),
            "trajectories": k_diffusion_runs.trajectories() + diffusers_runs.trajectories() + formulas.trajectories(),
            "brownian": brownian.golden(),
            "schedules": schedules.all_levels(),
            "lcm_timesteps": schedules.lcm_timesteps(),
        },
        sys.stdout,
        separators=(",", ":"),
    )
    print()


main()
