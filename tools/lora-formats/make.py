#!/usr/bin/env python3
"""Makes tests/golden/data/lora-formats: a small adapter file in each format, the weights it leaves and a picture.

    pip install -r tools/tiny-model/requirements.txt lycoris-lora==4.1.3
    python3 tools/lora-formats/make.py

Files of kohya's naming hold modules of LyCORIS, as its trainers save them; the weights are the model's with what each
layer's own forward() adds to them in training. Files of PEFT's naming are saved and loaded by diffusers and merged by
PEFT. The pictures are k-diffusion's, through the merged weights. The models are those of tools/tiny-model/make.py.
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tools" / "tiny-model"), str(ROOT / "tools" / "shared")]

import bpe  # noqa: E402, F401 (its import path)
import torch  # noqa: E402
from diffusers.utils import logging as diffusers_logging  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

import lycoris_files  # noqa: E402
import peft_files  # noqa: E402
from golden import Golden  # noqa: E402
from models import SD15, SDXL  # noqa: E402
from runs import FAMILY_RUNS, run_case  # noqa: E402

DATA = ROOT / "tests" / "golden" / "data"
COMMAND = "python3 tools/lora-formats/make.py"
FOLDER = "lora-formats"


def cases(model):
    """(name of the file, strength, its maker)"""
    for files in (lycoris_files, peft_files):
        yield from files.cases(model)


def record(g, name, strength, maker):
    file = f"{FOLDER}/{name}.safetensors"
    pipe = g.model.load(g.data)
    merged = maker(pipe, g.data / file, strength)
    (g.data / file).chmod(0o644)
    weights = {}
    for target, tensor in merged.items():
        original = parameter(pipe, target)
        change = ((tensor - original).norm() / original.norm().clamp(min=1e-6)).item()
        assert change > 0.02, f"{name} leaves {target} nearly as it was"
        original.data.copy_(tensor)
        weights[target] = g.put(f"{name}/{target}", tensor)
    plain = g.tensors["run/plain/image"].float()
    extra = {"loras": [{"file": file, "strength": strength}], "weights": weights}
    run = run_case(g, name, FAMILY_RUNS["euler_normal"], pipe=pipe, extra=extra)
    changed = (run.image.float() - plain).abs().mean().item()
    print(f"{name}: {len(weights)} weights, the picture changes by {changed:.1f} of 255 on average")
    assert changed > 3


def parameter(pipe, target):
    component, _, path = target.partition(".")
    module = getattr(pipe, component)
    names = dict(module.named_parameters())
    return names[path] if path in names else names[path.removeprefix("text_model.")]


def leave_out_steps(g):
    """Of each run the picture is compared; all start from the same noise."""
    first = g.index["runs"][0]["tensors"]
    for run in g.index["runs"]:
        for what in ("x", "denoised"):
            del g.tensors[run["tensors"].pop(what)]
        for what in ("sigmas", "noise"):
            if run["tensors"][what] != first[what]:
                del g.tensors[run["tensors"][what]]
                run["tensors"][what] = first[what]


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    diffusers_logging.set_verbosity_error()
    diffusers_logging.disable_progress_bar()
    (DATA / FOLDER).mkdir(exist_ok=True)
    for model in (SD15, SDXL):
        g = Golden(DATA, model)
        run_case(g, "plain", FAMILY_RUNS["euler_normal"])
        for name, strength, maker in cases(model):
            record(g, name, strength, maker)
        leave_out_steps(g)
        tensors = f"{FOLDER}/golden-{model.folder}.safetensors"
        save_file(g.tensors, DATA / tensors, metadata={"made_by": COMMAND})
        (DATA / tensors).chmod(0o644)
        index = {"command": COMMAND, "model": model.folder, "tensors": tensors, **g.index}
        text = json.dumps(index, indent=1, ensure_ascii=True) + "\n"
        (DATA / FOLDER / f"golden-{model.folder}.json").write_text(text)


if __name__ == "__main__":
    main()
