"""Small LoRA files in the layouts that people have, and the merge that says what they mean."""

import json
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

RANK = 4
KOHYA_ALPHA = 2.0  # unlike the rank, so that a reader that forgets alpha / rank is found out
KOHYA_BLOCKS = ("down_blocks.0", "mid_block", "up_blocks.2.attentions.1")
PEFT_UNET = ("to_q", "to_k", "to_v", "to_out.0")
PEFT_TEXT = ("q_proj", "v_proj")
BLOCK_LAYERS = (
    *(f"transformer_blocks.0.attn{a}.{p}" for a in (1, 2) for p in ("to_q", "to_k", "to_v", "to_out.0")),
    "transformer_blocks.0.ff.net.0.proj",
    "transformer_blocks.0.ff.net.2",
    "proj_in",
    "proj_out",
)
TEXT_LAYERS = (*(f"self_attn.{p}" for p in ("q_proj", "k_proj", "v_proj", "out_proj")), "mlp.fc1", "mlp.fc2")


def save_stable(tensors, path: Path, metadata):
    """save_file with the metadata in order: the library's is another one at each run."""
    save_file(tensors, path, metadata=metadata)
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def strong_pair(weight, generator):
    """(down, up) for a weight [out, in(, 1, 1)], with up @ down about as large as a weight drawn at unit gain."""
    inputs = weight[0].numel()
    tail = (1, 1) if weight.ndim == 4 else ()
    down = torch.randn(RANK, inputs, *tail, generator=generator) * inputs**-0.5
    up = torch.randn(weight.shape[0], RANK, *tail, generator=generator) * RANK**-0.5
    return down, up


def kohya_modules(pipe):
    """(kohya's name, module) of every layer that the kohya file changes."""
    for path, module in pipe.unet.named_modules():
        if path.startswith(KOHYA_BLOCKS) and path.endswith(BLOCK_LAYERS) and "weight" in module._parameters:
            yield "lora_unet_" + path.replace(".", "_"), module
    for path, module in pipe.text_encoder.named_modules():
        if path.endswith(TEXT_LAYERS):
            classic = path if path.startswith("text_model.") else "text_model." + path
            yield "lora_te_" + classic.replace(".", "_"), module


def write_kohya(pipe, path: Path, seed):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, module in kohya_modules(pipe):
        down, up = strong_pair(module.weight, generator)
        tensors[f"{name}.lora_down.weight"] = down
        tensors[f"{name}.lora_up.weight"] = up
        tensors[f"{name}.alpha"] = torch.tensor(KOHYA_ALPHA)
    metadata = {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(RANK),
        "ss_network_alpha": str(KOHYA_ALPHA),
        "ss_base_model_version": "sd_v1",
        "ss_output_name": "kohya",
    }
    save_stable(tensors, path, metadata)


def write_peft(pipe, path: Path, seed):
    """Written by diffusers itself. lora_alpha is the rank: the file has no alphas, and a reader scales by 1."""
    generator = torch.Generator().manual_seed(seed)
    layers = {}
    for part, targets in (("unet", PEFT_UNET), ("text_encoder", PEFT_TEXT)):
        module = getattr(pipe, part)
        config = LoraConfig(r=RANK, lora_alpha=RANK, target_modules=list(targets), init_lora_weights="gaussian")
        module.add_adapter(config)
        for name, parameter in sorted(module.named_parameters()):
            if "lora_" in name:
                fan_in = parameter[0].numel()
                scale = 0.6 if "lora_B" in name else 1.0
                parameter.data = torch.randn(parameter.shape, generator=generator) * scale * fan_in**-0.5
        layers[part] = get_peft_model_state_dict(module)
        if part == "text_encoder":
            layers[part] = {k if k.startswith("text_model.") else "text_model." + k: v for k, v in layers[part].items()}
    StableDiffusionPipeline.save_lora_weights(
        path.parent,
        unet_lora_layers=layers["unet"],
        text_encoder_lora_layers=layers["text_encoder"],
        weight_name=path.name,
    )


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


def deltas(pipe, file: Path):
    """{module: alpha / rank * up @ down} of a kohya or a PEFT file, in fp32 and in the weight's own shape."""
    tensors = load_file(file)
    places = {name: module for name, module in every_module(pipe)}
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


def every_module(pipe):
    """Each layer under both of its names, kohya's and PEFT's."""
    for path, module in pipe.unet.named_modules():
        yield "lora_unet_" + path.replace(".", "_"), module
        yield "unet." + path, module
    for path, module in pipe.text_encoder.named_modules():
        classic = path if path.startswith("text_model.") else "text_model." + path
        yield "lora_te_" + classic.replace(".", "_"), module
        yield "text_encoder." + classic, module


@torch.no_grad()
def merge(pipe, files):
    """W += strength * delta in fp32, for each (file, strength) in order."""
    for file, strength in files:
        for module, delta in deltas(pipe, file).items():
            module.weight += strength * delta
