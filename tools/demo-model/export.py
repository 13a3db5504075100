"""Writes the trained model in the layout of Stable Diffusion 1.x repositories, fp16, to demo/shapes-sd15."""

import json
import shutil
import sys
from pathlib import Path

import diffusers
from safetensors.torch import load_file, save_file

from networks import make_scheduler, make_text_encoder, make_unet, make_vae

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))
from repository_layout import add_clip_sample, classic_text_name  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent


def write_weights(weights, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: weights[name].half().contiguous() for name in sorted(weights)}, path, metadata={"format": "pt"})


def write_index(target):
    """model_index.json, as Stable Diffusion 1.5's repository has it."""
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": diffusers.__version__,
        "feature_extractor": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (target / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def write_model(work, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(work / "tokenizer", target / "tokenizer")
    vocabulary = json.loads((target / "tokenizer/vocab.json").read_text())
    make_unet().save_config(target / "unet")
    make_vae().save_config(target / "vae")
    text = make_text_encoder(len(vocabulary))
    text.config.architectures = ["CLIPTextModel"]
    text.config.save_pretrained(target / "text_encoder")
    write_weights(load_file(work / "unet.safetensors"), target / "unet/diffusion_pytorch_model.safetensors")
    write_weights(load_file(best_vae(work)), target / "vae/diffusion_pytorch_model.safetensors")
    states = {classic_text_name(name): w for name, w in load_file(work / "text.safetensors").items()}
    write_weights(states, target / "text_encoder/model.safetensors")
    make_scheduler().save_pretrained(target / "scheduler")
    add_clip_sample(target / "scheduler/scheduler_config.json")
    write_index(target)


def best_vae(work):
    """With the decoder tuned, if that stage has run."""
    tuned = work / "vae_tuned.safetensors"
    return tuned if tuned.exists() else work / "vae.safetensors"


def run(work, _seed):
    write_model(work, ROOT / "demo/shapes-sd15")
    for name in ("stripes", "neon", "lcm"):
        file = work / f"loras/{name}.safetensors"
        if file.exists():
            (ROOT / "demo/loras").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, ROOT / f"demo/loras/{name}.safetensors")
