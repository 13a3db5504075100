"""Small LoRA files in the layouts that people have, and the merge that says what they mean."""

import re
from pathlib import Path

import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file

import models  # noqa: F401, before what it makes findable
from repository_layout import classic_text_name, save_stable

RANK = 4
KOHYA_ALPHA = 2.0  # unlike the rank, so that a reader that forgets alpha / rank is found out
KOHYA_BLOCKS = {
    "tiny-sd15": ("down_blocks.0", "mid_block", "up_blocks.2.attentions.1"),
    "tiny-sdxl": ("down_blocks.1", "mid_block", "up_blocks.0.attentions.1"),
}
PEFT_UNET = ("to_q", "to_k", "to_v", "to_out.0")
PEFT_TEXT = ("q_proj", "v_proj")
BLOCK_LAYERS = re.compile(
    r".*\.(transformer_blocks\.\d+\.(attn[12]\.(to_q|to_k|to_v|to_out\.0)|ff\.net\.(0\.proj|2))|proj_in|proj_out)"
)
TEXT_LAYERS = (*(f"self_attn.{p}" for p in ("q_proj", "k_proj", "v_proj", "out_proj")), "mlp.fc1", "mlp.fc2")


# By model: {run: [(file, strength)]}, and modules whose weights after the merge are recorded.
LORA_RUNS = {
    "tiny-sd15": {
        "lora_kohya_1": [("kohya", 1.0)],
        "lora_kohya_0_5": [("kohya", 0.5)],
        "lora_peft_1": [("peft", 1.0)],
        "lora_kohya_0_7_peft_0_4": [("kohya", 0.7), ("peft", 0.4)],
    },
    "tiny-sdxl": {
        "lora_kohya_0_8": [("kohya-sdxl", 0.8)],
        "lora_peft_1": [("peft-sdxl", 1.0)],
    },
}
MERGED_WEIGHTS = {
    "tiny-sd15": (
        "unet.down_blocks.0.attentions.0.proj_in",
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj",
        "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
        "unet.up_blocks.2.attentions.1.transformer_blocks.0.attn1.to_out.0",
        "text_encoder.text_model.encoder.layers.1.self_attn.q_proj",
        "text_encoder.text_model.encoder.layers.2.mlp.fc1",
    ),
    "tiny-sdxl": (
        "unet.down_blocks.1.attentions.0.proj_in",
        "unet.mid_block.attentions.0.transformer_blocks.1.attn2.to_k",
        "unet.up_blocks.0.attentions.1.transformer_blocks.1.attn1.to_out.0",
        "text_encoder.text_model.encoder.layers.1.self_attn.q_proj",
        "text_encoder_2.text_model.encoder.layers.4.self_attn.v_proj",
        "text_encoder_2.text_model.encoder.layers.2.mlp.fc1",
    ),
}


def strong_pair(weight, generator):
    """(down, up) for a weight [out, in(, 1, 1)], with up @ down about as large as a weight drawn at unit gain."""
    inputs = weight[0].numel()
    tail = (1, 1) if weight.ndim == 4 else ()
    down = torch.randn(RANK, inputs, *tail, generator=generator) * inputs**-0.5
    up = torch.randn(weight.shape[0], RANK, *tail, generator=generator) * RANK**-0.5
    return down, up


def text_modules(model, pipe):
    """(component, kohya's name for it, path, module) of each module of each text encoder."""
    kohya = ("lora_te1_", "lora_te2_") if model.xl else ("lora_te_",)
    for text, prefix in zip(model.texts, kohya):
        for path, module in getattr(pipe, text.folder).named_modules():
            yield text.folder, prefix, classic_text_name(path), module


def kohya_unet_name(model, path):
    """For SDXL the trainers write the module's name of old (LDM), which numbers each way's entries through."""
    if not model.xl:
        return "lora_unet_" + path.replace(".", "_")
    way, *numbers, rest = re.fullmatch(r"(down|mid|up)_blocks?(?:\.(\d+))?\.attentions\.(\d+)\.(.*)", path).groups()
    block, index = (int(number or 0) for number in numbers)
    entry = {
        "down": f"input_blocks.{1 + 2 * block + index}",
        "mid": "middle_block",
        "up": f"output_blocks.{2 * block + index}",
    }
    return f"lora_unet_{entry[way]}.1.{rest}".replace(".", "_")


def kohya_modules(model, pipe):
    """(kohya's name, module) of every layer that the kohya file changes."""
    for path, module in pipe.unet.named_modules():
        if path.startswith(KOHYA_BLOCKS[model.folder]) and BLOCK_LAYERS.match(path) and "weight" in module._parameters:
            yield kohya_unet_name(model, path), module
    for _, prefix, path, module in text_modules(model, pipe):
        if path.endswith(TEXT_LAYERS):
            yield prefix + path.replace(".", "_"), module


def write_kohya(model, pipe, path: Path, seed):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, module in kohya_modules(model, pipe):
        down, up = strong_pair(module.weight, generator)
        tensors[f"{name}.lora_down.weight"] = down
        tensors[f"{name}.lora_up.weight"] = up
        tensors[f"{name}.alpha"] = torch.tensor(KOHYA_ALPHA)
    metadata = {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(RANK),
        "ss_network_alpha": str(KOHYA_ALPHA),
        "ss_base_model_version": "sdxl_base_v1-0" if model.xl else "sd_v1",
        "ss_output_name": path.stem,
    }
    save_stable(tensors, path, metadata)


def write_peft(model, pipe, path: Path, seed):
    """Written by diffusers itself. lora_alpha is the rank: the file has no alphas, and a reader scales by 1."""
    generator = torch.Generator().manual_seed(seed)
    layers = {}
    for part in ("unet", *(text.folder for text in model.texts)):
        module = getattr(pipe, part)
        targets = list(PEFT_UNET if part == "unet" else PEFT_TEXT)
        config = LoraConfig(r=RANK, lora_alpha=RANK, target_modules=targets, init_lora_weights="gaussian")
        module.add_adapter(config)
        for name, parameter in sorted(module.named_parameters()):
            if "lora_" in name:
                fan_in = parameter[0].numel()
                scale = 0.6 if "lora_B" in name else 1.0
                parameter.data = torch.randn(parameter.shape, generator=generator) * scale * fan_in**-0.5
        layers[part] = get_peft_model_state_dict(module)
        if part != "unet":
            layers[part] = {classic_text_name(k): v for k, v in layers[part].items()}
    arguments = {f"{part}_lora_layers": weights for part, weights in layers.items()}
    model.pipeline.save_lora_weights(path.parent, **arguments, weight_name=path.name)


def write_sdxl(path: Path, seed):
    """Keys and shapes of a LoRA for SDXL, for none of which Stable Diffusion 1.x has a place."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q": (640, 640),
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k": (640, 2048),
        "lora_te1_text_model_encoder_layers_11_mlp_fc1": (3072, 768),
        "lora_te2_text_model_encoder_layers_31_self_attn_q_proj": (1280, 1280),
    }
    tensors = {}
    for name, (outputs, inputs) in shapes.items():
        tensors[f"{name}.lora_down.weight"] = torch.randn(1, inputs, generator=generator).half()
        tensors[f"{name}.lora_up.weight"] = torch.randn(outputs, 1, generator=generator).half()
        tensors[f"{name}.alpha"] = torch.tensor(1.0).half()
    save_stable(tensors, path, {"ss_base_model_version": "sdxl_base_v1-0", "ss_network_dim": "1"})


def deltas(model, pipe, file: Path):
    """{module: alpha / rank * up @ down} of a kohya or a PEFT file, in fp32 and in the weight's own shape."""
    tensors = load_file(file)
    places = {name: module for name, module in every_module(model, pipe)}
    out = {}
    for key, down in tensors.items():
        if key.endswith(".lora_down.weight"):
            name = key.removesuffix(".lora_down.weight")
            up, alpha = tensors[name + ".lora_up.weight"], tensors[name + ".alpha"].item()
        elif key.endswith(".lora_A.weight"):
            name = key.removesuffix(".lora_A.weight")
            up, alpha = tensors[name + ".lora_B.weight"], down.shape[0]
        else:
            continue
        module = places[name]
        out[module] = (alpha / down.shape[0] * (up.flatten(1) @ down.flatten(1))).view(module.weight.shape)
    assert out, f"{file.name} changes nothing"
    return out


def every_module(model, pipe):
    """Each layer under both of its names, kohya's and PEFT's."""
    for path, module in pipe.unet.named_modules():
        if BLOCK_LAYERS.match(path):
            yield kohya_unet_name(model, path), module
        yield "unet." + path, module
    for component, prefix, path, module in text_modules(model, pipe):
        yield prefix + path.replace(".", "_"), module
        yield f"{component}.{path}", module


@torch.no_grad()
def merge(model, pipe, files):
    """W += strength * delta in fp32, for each (file, strength) in order."""
    for file, strength in files:
        for module, delta in deltas(model, pipe, file).items():
            module.weight += strength * delta
