#!/usr/bin/env python3
"""Makes tests/unit/data/seed_variations.json: the noise that images start from with a variation seed, and with the noise
of another size, for the unit tests of both.

    pip install torch
    python3 tools/noise-golden/make.py > tests/unit/data/seed_variations.json
"""

import importlib.metadata
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))

from seed_variations import initial_noise

SHAPE = (4, 8, 8)

# seed, subseed, strength, height and width of the noise to keep (None: no other)
CASES = (
    (42, 7, 0.25, None),
    (42, 7, 0.5, None),
    (42, 7, 1.0, None),
    (42, 42, 0.3, None),  # the same noise twice: no arc
    (2**31 + 5, 2**40 + 1, 0.1, None),
    (42, 0, 0.0, (6, 4)),  # smaller
    (42, 0, 0.0, (5, 7)),  # smaller, by odd numbers
    (42, 0, 0.0, (12, 16)),  # larger
    (42, 0, 0.0, (11, 9)),  # larger, by odd numbers
    (42, 0, 0.0, (11, 5)),  # taller and narrower
    (42, 7, 0.4, (12, 6)),  # both
)


def rounded(noise):
    return [float(f"{value:.8g}") for value in noise.flatten().tolist()]


def main():
    cases = [
        {
            "seed": seed,
            "subseed": subseed,
            "strength": strength,
            "resize_from": resize_from,
            "noise": rounded(initial_noise(seed, SHAPE, subseed, strength, resize_from)),
        }
        for seed, subseed, strength, resize_from in CASES
    ]
    versions = {"torch": importlib.metadata.version("torch")}
    json.dump(
        {"made_by": "tools/noise-golden/make.py", "versions": versions, "shape": SHAPE, "cases": cases},
        sys.stdout,
        separators=(",", ":"),
    )
    print()


main()
