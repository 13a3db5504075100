"""Adapter files as LyCORIS saves them, under kohya's names."""

import re
import types

import torch
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.full import FullModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule

from repository_layout import classic_text_name, save_stable

# Of each kind one: a linear layer, a 1x1 convolution, 3x3 ones of a resnet and of a downsampler, text encoders' layers.
MODULES = {
    "tiny-sd15": (
        "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
        "unet.up_blocks.2.attentions.1.transformer_blocks.0.attn1.to_out.0",
        "unet.down_blocks.1.attentions.0.proj_in",
        "unet.down_blocks.1.resnets.0.conv1",
        "unet.down_blocks.0.downsamplers.0.conv",
        "unet.up_blocks.2.resnets.0.conv2",
        "text_encoder.text_model.encoder.layers.1.mlp.fc1",
    ),
    "tiny-sdxl": (
        "unet.mid_block.attentions.0.transformer_blocks.1.attn2.to_k",
        "unet.up_blocks.0.attentions.1.transformer_blocks.0.attn1.to_out.0",
        "unet.down_blocks.1.resnets.0.conv1",
        "unet.down_blocks.0.downsamplers.0.conv",
        "unet.up_blocks.1.upsamplers.0.conv",
        "unet.up_blocks.2.resnets.0.conv2",
        "unet.up_blocks.2.resnets.1.time_emb_proj",
        "text_encoder.text_model.encoder.layers.1.mlp.fc1",
        "text_encoder_2.text_model.encoder.layers.2.self_attn.v_proj",
    ),
}
NORMS = {
    "tiny-sd15": (
        "unet.down_blocks.0.resnets.0.norm1",
        "unet.mid_block.attentions.0.norm",
        "unet.up_blocks.2.attentions.1.transformer_blocks.0.norm2",
        "unet.up_blocks.2.resnets.1.norm2",
        "unet.conv_norm_out",
        "text_encoder.text_model.encoder.layers.1.layer_norm1",
    ),
    "tiny-sdxl": (
        "unet.down_blocks.0.resnets.0.norm1",
        "unet.mid_block.attentions.0.norm",
        "unet.up_blocks.1.attentions.1.transformer_blocks.0.norm2",
        "unet.up_blocks.2.resnets.1.norm2",
        "unet.conv_norm_out",
        "text_encoder_2.text_model.encoder.layers.1.layer_norm1",
    ),
}
RANK, ALPHA = 4, 2.0

# name: the class, its options, and the parameter that the change is proportional to
FORMATS = {
    "locon": (LoConModule, {}, "lora_up.weight"),
    "locon_tucker": (LoConModule, {"use_tucker": True}, "lora_up.weight"),
    "loha": (LohaModule, {}, "hada_w1_a"),
    "loha_tucker": (LohaModule, {"use_tucker": True}, "hada_w1_a"),
    "lokr": (LokrModule, {"lora_dim": 2, "factor": 4}, "lokr_w1"),
    "lokr_whole": (LokrModule, {"full_matrix": True}, "lokr_w1"),
    "lokr_both": (LokrModule, {"lora_dim": 1, "factor": 8, "decompose_both": True, "alpha": 0.5}, "lokr_w1_a"),
    "lokr_tucker": (LokrModule, {"lora_dim": 1, "factor": 4, "use_tucker": True}, "lokr_w1"),
    "dora_out": (LoConModule, {"weight_decompose": True}, "lora_up.weight"),
    "dora_in": (LoConModule, {"weight_decompose": True, "wd_on_out": False}, "lora_up.weight"),
    "dora_loha": (LohaModule, {"weight_decompose": True}, "hada_w1_a"),
    "dora_lokr": (LokrModule, {"weight_decompose": True, "lora_dim": 2, "factor": 4}, "lokr_w1"),
    "ia3": (IA3Module, {}, "weight"),
    "full": (FullModule, {}, "weight"),
    "norms": (NormModule, {}, None),
    "oft": (DiagOFTModule, {}, None),
    "oft_constrained": (DiagOFTModule, {"constraint": 2**-7}, None),
    "oft_rescaled": (DiagOFTModule, {"rescaled": True}, None),
    "boft": (ButterflyOFTModule, {}, None),
    "boft_rescaled": (ButterflyOFTModule, {"lora_dim": 8, "rescaled": True, "constraint": 2**-7}, None),
    "glora": (GLoRAModule, {}, None),
}
# DoRA's strengths other than 1 mean another thing to each program: docs/lora.md.
STRENGTHS = {"locon": 0.8, "loha": -0.7, "lokr": 1.3, "ia3": 0.6, "full": 0.5, "norms": 0.7,
             "oft": 0.6, "boft": 0.7, "glora": 0.8}
RUNS = {
    "tiny-sd15": tuple(FORMATS),
    "tiny-sdxl": ("locon", "loha_tucker", "lokr", "dora_in", "ia3", "full", "norms", "oft", "glora"),
}


def cases(model):
    suffix = "-sdxl" if model.xl else ""
    for number, name in enumerate(RUNS[model.folder]):
        yield name + suffix, STRENGTHS.get(name, 1.0), maker(model, name, model.seed * 1000 + number)
    if model.xl:  # the names of today, which some trainers write for SDXL too
        yield "locon-sdxl-diffusers", 1.0, maker(model, "locon", model.seed * 1000 + 99, old_names=False)


def maker(model, name, seed, old_names=True):
    kind, options, leader = FORMATS[name]

    def make(pipe, file, strength):
        torch.manual_seed(seed)
        tensors, merged = {}, {}
        for number, target in enumerate((NORMS if kind is NormModule else MODULES)[model.folder]):
            module = layer(pipe, target)
            own = {"lora_dim": RANK, "alpha": ALPHA} | options
            if kind is IA3Module:
                own = {"train_on_input": number % 2 == 1}
            adapter = kind("layer", module, 1.0, **own)
            fill(adapter, leader)
            prefix = kohya_name(model, target, old_names)
            saved = {"diff": adapter.weight, "diff_b": adapter.bias} if kind is FullModule else adapter.state_dict()
            for part, value in saved.items():
                if value is not None:
                    value = value.detach().clone().contiguous()
                    tensors[f"{prefix}.{part}"] = value.half() if value.is_floating_point() else value
            for part, value in merge(adapter, module, strength).items():
                merged[f"{target}.{part}"] = value
        save_stable(tensors, file, {"ss_network_module": "lycoris.kohya", "ss_output_name": file.stem})
        return merged

    return make


def layer(pipe, target):
    component, _, path = target.partition(".")
    modules = {
        classic_text_name(n) if component != "unet" else n: m for n, m in getattr(pipe, component).named_modules()
    }
    return modules[path]


def fill(adapter, leader):
    """Random values that fp16 holds, for a change about as large as the weight."""
    small = (IA3Module, NormModule, DiagOFTModule, ButterflyOFTModule, GLoRAModule)
    for name, parameter in adapter.named_parameters():
        if name == "rescale":
            parameter.data *= 1 + 0.4 * torch.rand(parameter.shape)
            continue
        if name == "dora_scale":
            parameter.data *= 1 + 0.4 * torch.rand(parameter.shape)
            continue
        parameter.data = torch.randn(parameter.shape) * (0.3 if isinstance(adapter, small) else 1)
    if hasattr(adapter, "dora_scale"):  # no parameter of its own any more, LyCORIS having made it a float()
        adapter.dora_scale.data *= 1 + 0.4 * torch.rand(adapter.dora_scale.shape)
    if isinstance(adapter, FullModule):
        adapter.weight.data *= 0.7 * adapter.org_weight.norm() / adapter.weight.norm()
        if adapter.bias is not None:
            adapter.bias.data *= 0.1
    elif leader and not isinstance(adapter, IA3Module):
        names = dict(adapter.named_parameters())
        lead = names.get(leader, names.get("lokr_w1"))
        plain = adapter.make_weight() * adapter.scale if isinstance(adapter, LoConModule) else adapter.get_weight(None)
        lead.data *= 0.7 * adapter.org_weight.norm() / plain.norm()
    for tensor in [*adapter.parameters(), *([adapter.dora_scale] if hasattr(adapter, "dora_scale") else [])]:
        tensor.data = tensor.data.half().float()


def merge(adapter, module, strength):
    """{"weight": …, "bias": …} as the adapter makes them at `strength`."""
    if isinstance(adapter, (FullModule, NormModule)):
        weight, bias = adapter.get_merged_weight(strength)
        return {"weight": weight.clone()} | ({} if bias is None else {"bias": bias.clone()})
    adapter.multiplier = strength
    return {"weight": module.weight + added(adapter).view(module.weight.shape)}


def added(adapter):
    """What the layer adds to its weight in its own forward(): the weight of its last product.

    get_merged_weight() of LoHa and LoKr scales by alpha / rank twice, which training does not.
    """
    seen = []

    def product(_x, weight, *_rest, **_options):
        seen.append(weight)
        return torch.zeros(1)

    adapter.op = product
    adapter.org_forward = lambda x, *_: x
    adapter.forward(torch.zeros(1))
    return seen[0]


IN_RESNETS = types.MappingProxyType(
    {
        "norm1": "in_layers.0",
        "conv1": "in_layers.2",
        "time_emb_proj": "emb_layers.1",
        "norm2": "out_layers.0",
        "conv2": "out_layers.3",
        "conv_shortcut": "skip_connection",
    }
)
OUTSIDE = types.MappingProxyType({"conv_norm_out": "out.0", "conv_in": "input_blocks.0.0", "conv_out": "out.2"})


def kohya_name(model, target, old_names):
    component, _, path = target.partition(".")
    if component != "unet":
        prefix = {"text_encoder": "lora_te1_" if model.xl else "lora_te_", "text_encoder_2": "lora_te2_"}[component]
        return prefix + path.replace(".", "_")
    if model.xl and old_names:
        path = old_name(model, path)
    return "lora_unet_" + path.replace(".", "_")


def old_name(model, path):
    """The LDM name, by the first release's table: with one layer a block, an entry each for it and the resampler."""
    if path in OUTSIDE:
        return OUTSIDE[path]
    way, *numbers, what, index, rest = re.fullmatch(
        r"(down|mid|up)_blocks?(?:\.(\d+))?\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", path
    ).groups()
    block, index = int(numbers[0] or 0), int(index)
    if what == "resnets":
        rest = IN_RESNETS[rest]
    if way == "mid":
        return f"middle_block.{2 * index if what == 'resnets' else 1}.{rest}"
    if what == "downsamplers":
        return f"input_blocks.{2 * block + 2}.0.op"
    attends = "CrossAttn" in model.unet[f"{way}_block_types"][block]
    if what == "upsamplers":
        return f"output_blocks.{2 * block + 1}.{2 if attends else 1}.conv"
    entry = 2 * block + index + (1 if way == "down" else 0)
    return f"{'in' if way == 'down' else 'out'}put_blocks.{entry}.{0 if what == 'resnets' else 1}.{rest}"
