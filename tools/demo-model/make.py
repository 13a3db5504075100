"""Trains the demo model and writes it: see README.md.

venv/bin/python tools/demo-model/make.py --work FOLDER [--seed N] [STAGE...]
"""

import argparse
import importlib
from pathlib import Path

# Of each: the module whose run() does it, and what that is given beside folder and seed.
STAGES = {
    "vae": ("train_vae", ()),
    "unet": ("train_unet", ()),
    "loras": ("train_loras", ("sd15",)),
    "decoder": ("train_decoder", ()),
    "lcm": ("train_lcm", ("sd15",)),
    "xl": ("train_xl", ()),
    "xl-loras": ("train_loras", ("sdxl",)),
    "xl-lcm": ("train_lcm", ("sdxl",)),
    "export": ("export", ()),
}
SEED = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="where checkpoints go; a second run goes on from them")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"some of {', '.join(STAGES)}; all if none is named")
    arguments = parser.parse_args()
    unknown = [stage for stage in arguments.stages if stage not in STAGES]
    if unknown:
        parser.error(f"there is no stage {unknown[0]!r}; there are {', '.join(STAGES)}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    for stage in arguments.stages or STAGES:
        module, others = STAGES[stage]
        importlib.import_module(module).run(arguments.work, arguments.seed, *others)


if __name__ == "__main__":
    main()
