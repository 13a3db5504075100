"""Adapter files as diffusers saves them, merged by PEFT."""

import torch
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from peft.utils import get_peft_model_state_dict

LAYERS = (
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
    "up_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0",
    "down_blocks.1.resnets.0.conv1",
    "down_blocks.0.downsamplers.0.conv",
    "up_blocks.2.resnets.0.conv2",
)
RANK, ALPHA = 4, 6
FORMATS = {
    "peft_conv": {},
    "peft_rslora": {"use_rslora": True},
    "peft_dora": {"use_dora": True},
    "peft_bias": {"lora_bias": True},
}
STRENGTHS = {"peft_conv": 0.8, "peft_bias": 0.7}
RUNS = {"tiny-sd15": tuple(FORMATS), "tiny-sdxl": ("peft_conv", "peft_dora")}


def cases(model):
    for number, name in enumerate(RUNS[model.folder]):
        file = name + ("-sdxl" if model.xl else "")
        yield file, STRENGTHS.get(name, 1.0), maker(model, FORMATS[name], model.seed * 1000 + 500 + number)


def maker(model, options, seed):
    def make(pipe, file, strength):
        trained = model.load(pipe_folder(file))
        targets = [layer for layer in LAYERS if "lora_bias" not in options or has_bias(trained, layer)]
        config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets, **options)
        trained.unet.add_adapter(config)
        fill(trained.unet, seed)
        trained.save_lora_weights(
            file.parent,
            unet_lora_layers=get_peft_model_state_dict(trained.unet),
            unet_lora_adapter_metadata=trained.unet.peft_config["default"].to_dict(),
            weight_name=file.name,
        )
        loaded = model.load(pipe_folder(file))
        loaded.load_lora_weights(file.parent, weight_name=file.name, adapter_name="golden")
        loaded.set_adapters(["golden"], [strength])
        return merged(loaded.unet)

    return make


def pipe_folder(file):
    return file.parents[1]


def has_bias(pipe, layer):
    return getattr(pipe.unet.get_submodule(layer), "bias", None) is not None


def fill(unet, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(unet.named_parameters()):
        if "lora_magnitude" in name:
            parameter.data = parameter.data * (1 + 0.4 * torch.rand(parameter.shape, generator=generator))
        elif "lora_" in name and name.endswith("bias"):
            parameter.data = 0.2 * torch.randn(parameter.shape, generator=generator)
        elif "lora_" in name:
            fan_in = parameter[0].numel()
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.7 * fan_in**-0.5


def merged(unet):
    weights = {}
    for path, module in unet.named_modules():
        if not isinstance(module, LoraLayer) or not module.lora_A:
            continue
        before = None if module.base_layer.bias is None else module.base_layer.bias.clone()
        module.merge()
        weights[f"unet.{path}.weight"] = module.base_layer.weight.clone()
        after = module.base_layer.bias
        if before is not None and not torch.equal(before, after):
            weights[f"unet.{path}.bias"] = after.clone()
    return weights
