#!/usr/bin/env python3
"""Makes the tiny Stable Diffusion models, their LoRAs and the golden data that the tests compare with.

python tools/tiny-model/make.py            writes tests/golden/data
python tools/tiny-model/make.py --check    recomputes, compares with what is there, and writes nothing
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")

import torch
from diffusers.utils import logging as diffusers_logging
from safetensors.torch import load_file, save_file
from transformers.utils import logging as transformers_logging

import adapters
import golden
import hand_over
import picture
import weights
from models import MODELS, SD15, SDXL

DATA = Path(__file__).resolve().parents[2] / "tests" / "golden" / "data"
HAND_OVER = "hand-over/golden.safetensors"
COMMAND = "python tools/tiny-model/make.py"
LIBRARIES = (
    "torch",
    "diffusers",
    "transformers",
    "tokenizers",
    "peft",
    "k-diffusion",
    "safetensors",
    "numpy",
    "pillow",
)
# Other processors and versions round otherwise; a wrong formula is far outside this.
RELATIVE_TOLERANCE = 1e-3
PIXEL_TOLERANCE = 2

CONVENTIONS = {
    "sigma": "x = clean + sigma * noise; sigma = sqrt((1 - alphas_cumprod) / alphas_cumprod); epsilon prediction",
    "model": "eps = unet(x / sqrt(sigma^2 + 1), t, context), t fractional by interpolation in log sigma; "
    "D = x - sigma * eps",
    "guidance": "D = D_uncond + cfg * (D_cond - D_uncond); cfg 1 evaluates the prompt alone",
    "noise": "one CPU generator an image: first draw [1, 4, h, w] float32, times sigmas[0]; then one draw for each step "
    "that adds noise, none for a step to sigma 0",
    "img2img": "draws: the posterior's noise, then the initial noise; latents = (mean + exp(logvar / 2) * noise) * "
    "scaling_factor; the last int(steps * strength) steps; x = latents + sigmas[0] * noise",
    "inpainting": "mask: 1 where to paint, black and white at 128, then every eighth pixel of every eighth row (torch's "
    "nearest). Draws: the picture's posterior's noise, unless nothing of the picture is used; the initial noise; for an "
    "inpainting model the masked picture's posterior's noise. An inpainting model is shown channels = [mask, latents of "
    "picture * (1 - mask)]; any other has D = mask * D + (1 - mask) * original. x = init_latents + sigmas[0] * noise",
    "lcm": "diffusers' LCMScheduler; the start is noise * sigmas[0] in this form, which is sqrt(1 - alphas_cumprod) * "
    "noise in the scheduler's own",
    "image": "uint8 [height, width, 3] = round(clamp(vae / 2 + 0.5, 0, 1) * 255), halves to even",
    "vae": "decode takes latents / scaling_factor; encode's mean and logvar are before scaling",
    "run tensors": "noise: the first draw; x and denoised: latents and D at the start of each step; "
    "latents: at the end",
    "lora": "W += strength * alpha / rank * up @ down, in fp32, file by file",
    "seeds": "decimal strings, as JSON numbers lose bits above 2^53",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is there instead of writing")
    parser.add_argument(
        "--out", type=Path, default=DATA, help="folder to write or to check (default: tests/golden/data)"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    diffusers_logging.set_verbosity_error()
    diffusers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    if arguments.check:
        return check(arguments.out)
    make_inputs(arguments.out)
    make_golden(arguments.out)
    for file in arguments.out.rglob("*.safetensors"):
        file.chmod(0o644)  # the library writes them for their owner alone
    print(f"wrote {sum(f.stat().st_size for f in arguments.out.rglob('*') if f.is_file())} bytes to {arguments.out}")
    return 0


def make_inputs(data: Path):
    """The models, the LoRAs and the picture: what a program under test is given."""
    data.mkdir(parents=True, exist_ok=True)
    for folder in ("loras", *(model.folder for model in MODELS)):
        shutil.rmtree(data / folder, ignore_errors=True)
    init = picture.draw_picture()
    init.save(data / "init.png")
    picture.draw_mask().save(data / "mask.png")
    for model in MODELS:
        print(model.folder)
        weights.make_model(data, model, picture.to_tensor(init))
    loras = data / "loras"
    loras.mkdir()
    for model, suffix in ((SD15, ""), (SDXL, "-sdxl")):
        adapters.write_kohya(model, model.load(data), loras / f"kohya{suffix}.safetensors", model.seed + 10)
        adapters.write_peft(model, model.load(data), loras / f"peft{suffix}.safetensors", model.seed + 11)
    adapters.write_sdxl(loras / "sdxl.safetensors", SD15.seed + 12)


def make_golden(data: Path):
    for model in MODELS:
        print(model.folder)
        collected = golden.collect(data, model)
        tensors = f"{model.golden}.safetensors"
        save_file(collected.tensors, data / tensors, metadata={"made_by": COMMAND})
        write_index(data / f"{model.golden}.json", model.folder, tensors, collected.index)
    make_hand_over(data)


def make_hand_over(data: Path):
    tensors, index = hand_over.collect(data)
    (data / HAND_OVER).parent.mkdir(exist_ok=True)
    save_file(tensors, data / HAND_OVER, metadata={"made_by": COMMAND})
    write_index((data / HAND_OVER).with_suffix(".json"), SDXL.folder, HAND_OVER, index)


def write_index(file: Path, model: str, tensors: str, entries: dict):
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    index = {
        "command": COMMAND,
        "versions": {"python": platform.python_version(), **versions},
        "model": model,
        "tensors": tensors,
        "conventions": CONVENTIONS,
        **entries,
    }
    file.write_text(json.dumps(index, indent=1, ensure_ascii=True) + "\n")


def check(data: Path):
    """0 if the golden data follow from the committed inputs, and the inputs from this program; else 1, saying where."""
    failures = []
    for model in MODELS:
        file = f"{model.golden}.safetensors"
        failures += compare(golden.collect(data, model).tensors, load_file(data / file), file)
    failures += compare(hand_over.collect(data)[0], load_file(data / HAND_OVER), HAND_OVER)
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        make_inputs(fresh)
        for file in sorted(f.relative_to(fresh) for f in fresh.rglob("*") if f.is_file()):
            if not (data / file).is_file():
                failures.append(f"{file}: missing")
            elif file.suffix == ".safetensors":
                failures += compare(load_file(fresh / file), load_file(data / file), str(file))
            elif (fresh / file).read_bytes() != (data / file).read_bytes():
                failures.append(f"{file}: differs")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"check: {len(failures)} differences")
    return 1 if failures else 0


def compare(ours, theirs, where):
    failures = [f"{where}: {name} is only on one side" for name in ours.keys() ^ theirs.keys()]
    for name in sorted(ours.keys() & theirs.keys()):
        a, b = ours[name], theirs[name]
        if a.shape != b.shape or a.dtype != b.dtype:
            failures.append(f"{where}: {name} is {a.dtype} {list(a.shape)}, stored {b.dtype} {list(b.shape)}")
        elif a.dtype == torch.uint8:
            if (a.int() - b.int()).abs().max() > PIXEL_TOLERANCE:
                failures.append(f"{where}: {name} differs by {(a.int() - b.int()).abs().max()} of 255")
        elif not a.is_floating_point():
            if not torch.equal(a, b):
                failures.append(f"{where}: {name} differs")
        elif (a.double() - b.double()).norm() > RELATIVE_TOLERANCE * b.double().norm() + 1e-6:
            failures.append(f"{where}: {name} differs by {((a - b).norm() / b.norm()).item():.2e} of its norm")
    return failures


if __name__ == "__main__":
    sys.exit(main())
