"""Low-rank adapters on a UNet (PEFT), and the two formats that people have."""

import sys
from pathlib import Path

import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))
from repository_layout import save_stable  # noqa: E402

LINEAR = ["to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out"]
CONVOLUTIONS = ["conv1", "conv2"]


def add_adapter(unet, rank, convolution_rank=0):
    """Puts an adapter that changes nothing yet into the UNet; returns its parameters."""
    unet.requires_grad_(False)
    pattern = {name: convolution_rank for name in CONVOLUTIONS} if convolution_rank else {}
    targets = LINEAR + (CONVOLUTIONS if convolution_rank else [])
    # lora_alpha is the rank, whatever it is where: a file without alphas means the same.
    unet.add_adapter(
        LoraConfig(r=rank, lora_alpha=rank, rank_pattern=pattern, alpha_pattern=pattern, target_modules=targets)
    )
    return {name: p for name, p in unet.named_parameters() if p.requires_grad}


def adapter_weights(unet, average):
    """{PEFT's name: fp16 tensor} of the averaged weights."""
    with torch.no_grad():
        for name, parameter in unet.named_parameters():
            if name in average:
                parameter.copy_(average[name])
    return {name: w.detach().half().contiguous() for name, w in get_peft_model_state_dict(unet).items()}


def write_peft(weights, path, family):
    """As diffusers writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    family.pipeline.save_lora_weights(path.parent, unet_lora_layers=weights, weight_name=path.name)


def write_kohya(weights, path, family):
    """As kohya's sd-scripts write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, weight in weights.items():
        module, factor = name.removesuffix(".weight").rsplit(".", 1)
        key = "lora_unet_" + module.replace(".", "_")
        tensors[f"{key}.{'lora_down' if factor == 'lora_A' else 'lora_up'}.weight"] = weight
        if factor == "lora_A":
            tensors[f"{key}.alpha"] = torch.tensor(float(weight.shape[0])).half()
    save_stable(
        tensors,
        path,
        {"ss_network_module": "networks.lora", "ss_base_model_version": family.kohya_base, "ss_output_name": path.stem},
    )
