"""Writes the trained models in the layouts of Stable Diffusion 1.x's and XL's repositories, fp16, to demo/."""

import json
import shutil
import sys
from pathlib import Path

import diffusers
from safetensors.torch import load_file, save_file

from families import FAMILIES
from networks import make_scheduler, make_text_encoder, make_unet, make_vae
from networks_xl import make_scheduler_xl, make_second_text_encoder, make_unet_xl, make_vae_xl, rescale_vae
from styles import STYLES

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))
from clip_tokenizer import set_padding  # noqa: E402
from repository_layout import add_clip_sample, classic_text_name  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
WEIGHTS = "diffusion_pytorch_model.safetensors"


def write_weights(weights, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: weights[name].half().contiguous() for name in sorted(weights)}, path, metadata={"format": "pt"})


def write_text_encoder(encoder, weights, folder):
    encoder.config.architectures = [type(encoder).__name__]
    encoder.config.save_pretrained(folder)
    write_weights({classic_text_name(name): w for name, w in weights.items()}, folder / "model.safetensors")


def write_index(target, pipeline, parts, **settings):
    """model_index.json, as the family's repositories have it."""
    index = {**parts, **settings}
    head = {"_class_name": pipeline.__name__, "_diffusers_version": diffusers.__version__}
    (target / "model_index.json").write_text(json.dumps(head | dict(sorted(index.items())), indent=2) + "\n")


def write_scheduler(scheduler, target):
    scheduler.save_pretrained(target / "scheduler")
    add_clip_sample(target / "scheduler/scheduler_config.json")


COMMON_PARTS = {
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "feature_extractor": [None, None],
}


def vocabulary_size(work):
    return len(json.loads((work / "tokenizer/vocab.json").read_text()))


def write_sd15(work, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(work / "tokenizer", target / "tokenizer")
    make_unet().save_config(target / "unet")
    make_vae().save_config(target / "vae")
    write_weights(load_file(work / "unet.safetensors"), target / "unet" / WEIGHTS)
    write_weights(load_file(best_vae(work)), target / "vae" / WEIGHTS)
    text = make_text_encoder(vocabulary_size(work))
    write_text_encoder(text, load_file(work / "text.safetensors"), target / "text_encoder")
    write_scheduler(make_scheduler(), target)
    write_index(
        target,
        FAMILIES["sd15"].pipeline,
        {**COMMON_PARTS, "scheduler": ["diffusers", "PNDMScheduler"], "safety_checker": [None, None]},
        requires_safety_checker=False,
    )


def write_sdxl(work, target):
    shutil.rmtree(target, ignore_errors=True)
    for name, pad in (("tokenizer", None), ("tokenizer_2", "!")):
        shutil.copytree(work / "tokenizer", target / name)
        if pad:
            set_padding(target / name, pad)
    make_unet_xl().save_config(target / "unet")
    make_vae_xl().save_config(target / "vae")
    write_weights(load_file(work / "unet-xl.safetensors"), target / "unet" / WEIGHTS)
    write_weights(rescale_vae(load_file(best_vae(work))), target / "vae" / WEIGHTS)
    states, size = load_file(work / "text-xl.safetensors"), vocabulary_size(work)
    for part, encoder, folder in (
        ("one.", make_text_encoder(size), "text_encoder"),
        ("two.", make_second_text_encoder(size), "text_encoder_2"),
    ):
        weights = {name.removeprefix(part): w for name, w in states.items() if name.startswith(part)}
        write_text_encoder(encoder, weights, target / folder)
    write_scheduler(make_scheduler_xl(), target)
    write_index(
        target,
        FAMILIES["sdxl"].pipeline,
        {
            **COMMON_PARTS,
            "scheduler": ["diffusers", "EulerDiscreteScheduler"],
            "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
            "tokenizer_2": ["transformers", "CLIPTokenizer"],
            "image_encoder": [None, None],
        },
        force_zeros_for_empty_prompt=True,
    )


def best_vae(work):
    """With the decoder tuned, if that stage has run."""
    tuned = work / "vae_tuned.safetensors"
    return tuned if tuned.exists() else work / "vae.safetensors"


def write_loras(work, target):
    target.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES.values():
        for name in (*STYLES, "lcm"):
            file = work / f"loras/{name}{family.suffix}.safetensors"
            if file.exists():
                shutil.copyfile(file, target / file.name)


def run(work, _seed, target=ROOT / "demo"):
    write_sd15(work, target / "shapes-sd15")
    if (work / "unet-xl.safetensors").exists():
        write_sdxl(work, target / "shapes-sdxl")
    write_loras(work, target / "loras")
