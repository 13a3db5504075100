#!/usr/bin/env python3
"""Writes a full-size checkpoint of random values: the true names and shapes of a family, in either layout.

    python tools/full-size/make.py sd1 ldm OUT.safetensors
    python tools/full-size/make.py sdxl diffusers OUT-FOLDER

Families: sd1, sd2, sdxl, refiner. Names and shapes are diffusers' word (tests/unit/data/single_file, made by
tools/single-file/names.py). Every matrix has unit gain, so that the numbers stay finite. Values go to the disk tensor by
tensor; needs numpy and the file's size on the disk.
"""

import argparse
import gzip
import json
import struct
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "shared"))
DATA = ROOT / "tests" / "unit" / "data" / "single_file"
BLOCK = 1 << 22  # random values that everything is cut from
PIPELINES = {
    "sd1": "StableDiffusionPipeline",
    "sd2": "StableDiffusionPipeline",
    "sdxl": "StableDiffusionXLPipeline",
    "refiner": "StableDiffusionXLImg2ImgPipeline",
}
TOKENIZER = {
    "tokenizer_class": "CLIPTokenizer",
    "model_max_length": 77,
    "bos_token": "<|startoftext|>",
    "eos_token": "<|endoftext|>",
    "unk_token": "<|endoftext|>",
    "pad_token": "<|endoftext|>",
}
WEIGHT_FILES = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model"}  # others: "model"


def rows(family):
    """(name in the file, its shape, name in the folder, its shape) for each tensor of the family."""
    for line in gzip.open(DATA / "names.tsv.gz", "rt").read().splitlines():
        fields = line.split("\t")
        if fields[0] == family:
            yield fields[1], shape_of(fields[2]), fields[3], shape_of(fields[4]), fields[5]


def shape_of(text):
    return [] if text == "-" else [int(extent) for extent in text.split("x")]


class Values:
    """Random values as raw bytes, the same ones for the same name."""

    def __init__(self, dtype):
        self.dtype = dtype
        self.noise = np.random.default_rng(1).standard_normal(BLOCK, dtype=np.float32)

    def of(self, name, shape):
        count = int(np.prod(shape, dtype=np.int64))
        if "norm" in name or name.endswith((".bias",)) or len(shape) < 2:
            flat = np.full(count, 0.0 if name.endswith("bias") else 1.0, np.float32)
            yield self.encoded(flat)
            return
        scale = np.float32(max(count // shape[0], 1) ** -0.5)
        start = sum(name.encode()) * 7919 % BLOCK
        while count > 0:
            part = self.noise[start : start + count] * scale
            yield self.encoded(part)
            count -= len(part)
            start = 0

    def encoded(self, values):
        if self.dtype == "F16":
            return values.astype(np.float16).tobytes()
        return (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()  # bf16, towards zero


def write_safetensors(path, tensors, values):
    header, offset = {}, 0
    for name, shape in tensors.items():
        size = 2 * int(np.prod(shape, dtype=np.int64))
        header[name] = {"dtype": values.dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors.items():
            for part in values.of(name, shape):
                file.write(part)
    print(f"{path}: {len(tensors)} tensors, {offset / 2**30:.2f} GiB")


def model_index(family, components):
    """What diffusers makes a pipeline of."""
    second = "text_encoder_2" in components
    index = {
        "_class_name": PIPELINES[family],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    }
    for name in ("text_encoder", "text_encoder_2"):
        if name in components:
            # SDXL's second encoder, which the refiner has alone, projects.
            projects = name == "text_encoder_2"
            index[name] = ["transformers", "CLIPTextModelWithProjection" if projects else "CLIPTextModel"]
            index[name.replace("text_encoder", "tokenizer")] = ["transformers", "CLIPTokenizer"]
    if second:
        index["force_zeros_for_empty_prompt"] = family == "sdxl"
    else:
        index |= {"safety_checker": [None, None], "feature_extractor": [None, None]}
    return index


def write_folder(folder, family, values):
    from clip_tokenizer import byte_symbols

    components = {}
    for _, _, name, shape, how in rows(family):
        if how != "-":
            component, _, inner = name.partition(".")
            components.setdefault(component, {})[inner] = shape
    configs = json.loads((DATA / "configs.json").read_text())[family]
    for component, tensors in components.items():
        (folder / component).mkdir(parents=True, exist_ok=True)
        write_safetensors(
            folder / component / (WEIGHT_FILES.get(component, "model") + ".safetensors"), tensors, values
        )
        config = configs[component]
        if component == "vae":
            config["scaling_factor"] = 0.18215 if family in ("sd1", "sd2") else 0.13025
        (folder / component / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    merges = (ROOT / "text/clip_merges.txt").read_text()
    symbols = list(byte_symbols().values())
    words = symbols + [s + "</w>" for s in symbols]
    words += [line.replace(" ", "") for line in merges.splitlines()[1:] if line]
    words += ["<|startoftext|>", "<|endoftext|>"]
    for component in components:
        if component.startswith("text_encoder"):
            tokenizer = folder / component.replace("text_encoder", "tokenizer")
            tokenizer.mkdir(exist_ok=True)
            (tokenizer / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
            (tokenizer / "merges.txt").write_text(merges)
            (tokenizer / "tokenizer_config.json").write_text(json.dumps(TOKENIZER, indent=2) + "\n")
    (folder / "scheduler").mkdir(exist_ok=True)
    scheduler = {
        "_class_name": "EulerDiscreteScheduler",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "num_train_timesteps": 1000,
        "prediction_type": "v_prediction" if family == "sd2" else "epsilon",
    }
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler, indent=2) + "\n")
    (folder / "model_index.json").write_text(json.dumps(model_index(family, components), indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("family", choices=("sd1", "sd2", "sdxl", "refiner"))
    parser.add_argument("layout", choices=("ldm", "diffusers"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--dtype", choices=("bf16", "fp16"), default="fp16")
    arguments = parser.parse_args()
    values = Values({"bf16": "BF16", "fp16": "F16"}[arguments.dtype])
    if arguments.layout == "ldm":
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        write_safetensors(arguments.out, {name: shape for name, shape, *_ in rows(arguments.family)}, values)
    else:
        write_folder(arguments.out, arguments.family, values)


if __name__ == "__main__":
    main()
