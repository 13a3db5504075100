#!/usr/bin/env python3
"""What diffusers makes of single-file checkpoints: the reference for plugins/diffusion/ldm.

    pip install -r tools/tiny-model/requirements.txt
    python3 tools/single-file/names.py tests/unit/data/single_file

Builds each family's networks without memory (on torch's meta device), gives their tensors the names they have in a
single file, has diffusers' own conversion rename them, and checks that exactly the networks' tensors come out. Writes

    names.tsv.gz   family, name and shape in the file, name and shape in diffusers, and how the one comes from the other:
                   "=" the same values, "+N" those from row N on, "T" transposed, "-" not at all
    configs.json   the networks' configurations, from which the shapes come
"""

import argparse
import gzip
import json
import pathlib

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

FOUR = ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"]
FOUR_UP = ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3
# The model repositories' unet/config.json, the fields that differ from the class's defaults.
UNETS = {
    "sd1": dict(sample_size=64, down_block_types=FOUR, up_block_types=FOUR_UP, attention_head_dim=8,
                block_out_channels=[320, 640, 1280, 1280], cross_attention_dim=768),
    "sd2": dict(sample_size=96, down_block_types=FOUR, up_block_types=FOUR_UP, attention_head_dim=[5, 10, 20, 20],
                block_out_channels=[320, 640, 1280, 1280], cross_attention_dim=1024, use_linear_projection=True),
    "sdxl": dict(sample_size=128, down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2,
                 up_block_types=["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"], attention_head_dim=[5, 10, 20],
                 block_out_channels=[320, 640, 1280], cross_attention_dim=2048, use_linear_projection=True,
                 transformer_layers_per_block=[1, 2, 10], addition_embed_type="text_time",
                 addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816),
    "refiner": dict(sample_size=128,
                    down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2 + ["DownBlock2D"],
                    up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"],
                    attention_head_dim=[6, 12, 24, 24], block_out_channels=[384, 768, 1536, 1536],
                    cross_attention_dim=1280, use_linear_projection=True, transformer_layers_per_block=4,
                    addition_embed_type="text_time", addition_time_embed_dim=256,
                    projection_class_embeddings_input_dim=2560),
}  # fmt: skip
VAE = dict(block_out_channels=[128, 256, 512, 512], down_block_types=["DownEncoderBlock2D"] * 4,
           up_block_types=["UpDecoderBlock2D"] * 4, layers_per_block=2, latent_channels=4)  # fmt: skip
CLIP_L = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
              hidden_act="quick_gelu", vocab_size=49408, max_position_embeddings=77)  # fmt: skip
OPEN_CLIP_H = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=23, num_attention_heads=16,
                   hidden_act="gelu", vocab_size=49408, max_position_embeddings=77)  # fmt: skip
OPEN_CLIP_G = dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20,
                   hidden_act="gelu", vocab_size=49408, max_position_embeddings=77, projection_dim=1280)  # fmt: skip
# Family: the texts' components, in the file and in diffusers.
TEXTS = {
    "sd1": [("text_encoder", "cond_stage_model.transformer.", CLIP_L)],
    "sd2": [("text_encoder", "cond_stage_model.model.", OPEN_CLIP_H)],
    "sdxl": [
        ("text_encoder", "conditioner.embedders.0.transformer.", CLIP_L),
        ("text_encoder_2", "conditioner.embedders.1.model.", OPEN_CLIP_G),
    ],
    "refiner": [("text_encoder_2", "conditioner.embedders.0.model.", OPEN_CLIP_G)],
}
RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}


def unet_name(name, attends, layers=2):
    """The name in a file of a UNet's tensor; attends: for each up block, whether it has attentions."""
    plain = {
        "conv_in": "input_blocks.0.0",
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "add_embedding.linear_1": "label_emb.0.0",
        "add_embedding.linear_2": "label_emb.0.2",
        "conv_norm_out": "out.0",
        "conv_out": "out.2",
        "mid_block.attentions.0": "middle_block.1",
    }
    for new, old in plain.items():
        if name.startswith(new + "."):
            return old + name[len(new) :]
    part, block, kind, index, rest = (["mid_block", ""] + name.split(".", 3)[1:] if name.startswith("mid_block.")
                                      else name.split(".", 4))  # fmt: skip
    if kind == "resnets":
        layer, tail = rest.split(".", 1)
        rest = RESNET[layer] + "." + tail
    if part == "mid_block":
        return f"middle_block.{2 * int(index)}.{rest}"
    first = int(block) * (layers + 1)
    if part == "down_blocks":
        if kind == "downsamplers":
            return f"input_blocks.{1 + first + layers}.0.op.{rest.removeprefix('conv.')}"
        return f"input_blocks.{1 + first + int(index)}.{0 if kind == 'resnets' else 1}.{rest}"
    if kind == "upsamplers":
        return f"output_blocks.{first + layers}.{2 if attends[int(block)] else 1}.{rest}"
    return f"output_blocks.{first + int(index)}.{0 if kind == 'resnets' else 1}.{rest}"


def vae_name(name, levels=4):
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = name.replace("mid_block.attentions.0.", "mid.attn_1.").replace("group_norm", "norm")
    name = name.replace("to_out.0", "proj_out").replace("to_", "")
    for index in (0, 1):
        name = name.replace(f"mid_block.resnets.{index}.", f"mid.block_{index + 1}.")
    for level in range(levels):
        down, up = f"encoder.down_blocks.{level}.", f"decoder.up_blocks.{levels - 1 - level}."
        name = name.replace(down + "resnets", f"encoder.down.{level}.block")
        name = name.replace(down + "downsamplers.0", f"encoder.down.{level}.downsample")
        name = name.replace(up + "resnets", f"decoder.up.{level}.block")
        name = name.replace(up + "upsamplers.0", f"decoder.up.{level}.upsample")
    return name


def open_clip_tensors(config, layers, prefix):
    width, mlp = config["hidden_size"], config["intermediate_size"]
    shapes = {
        "positional_embedding": (77, width),
        "token_embedding.weight": (config["vocab_size"], width),
        "ln_final.weight": (width,),
        "ln_final.bias": (width,),
        "text_projection": (width, config.get("projection_dim", width)),
        "logit_scale": (),
    }
    for layer in range(layers):
        at = f"transformer.resblocks.{layer}."
        for norm in ("ln_1", "ln_2"):
            shapes[at + norm + ".weight"] = shapes[at + norm + ".bias"] = (width,)
        shapes[at + "attn.in_proj_weight"] = (3 * width, width)
        shapes[at + "attn.in_proj_bias"] = (3 * width,)
        shapes[at + "attn.out_proj.weight"] = (width, width)
        shapes[at + "attn.out_proj.bias"] = (width,)
        shapes[at + "mlp.c_fc.weight"] = (mlp, width)
        shapes[at + "mlp.c_fc.bias"] = (mlp,)
        shapes[at + "mlp.c_proj.weight"] = (width, mlp)
        shapes[at + "mlp.c_proj.bias"] = (width,)
    return {prefix + name: shape for name, shape in shapes.items()}


class Tracked:
    """Stands in for a tensor in OpenCLIP's conversion, which copies what it slices: remembers where it came from."""

    def __init__(self, name, shape, how="="):
        self.name, self.shape, self.how = name, tuple(shape), how

    @property
    def T(self):
        return Tracked(self.name, self.shape[::-1], "T")

    def __getitem__(self, index):
        rows = index[0] if isinstance(index, tuple) else index
        start, stop, _ = rows.indices(self.shape[0])
        return Tracked(self.name, (stop - start, *self.shape[1:]), f"+{start}")

    def contiguous(self):
        return self

    clone = detach = contiguous


def rows_of(family, component, converted, expected, sources):
    """sources: by identity of the tensor, or by storage where the conversion made a view, its name in the file."""
    shapes = {name: tuple(tensor.shape) for name, tensor in expected.items()}
    got = {name: tuple(value.shape) for name, value in converted.items()}
    assert got == shapes, (family, component, set(got.items()) ^ set(shapes.items()))
    for name, value in sorted(converted.items()):
        if isinstance(value, Tracked):
            file_name, how = value.name, value.how
            shape = sources[file_name]
        else:
            file_name, shape = sources[value.untyped_storage()._cdata]
            how = "="
        yield family, file_name, shape, f"{component}.{name}", got[name], how


def by_storage(tensors):
    return {tensor.untyped_storage()._cdata: (name, tuple(tensor.shape)) for name, tensor in tensors.items()}


def reference(family):
    with torch.device("meta"):
        unet, vae = UNet2DConditionModel(**UNETS[family]), AutoencoderKL(**VAE)
        attends = ["CrossAttn" in kind for kind in UNETS[family]["up_block_types"]]
        prefix = single_file_utils.LDM_UNET_KEY
        state = {prefix + unet_name(name, attends): torch.empty_like(t) for name, t in unet.state_dict().items()}
        converted = single_file_utils.convert_ldm_unet_checkpoint(dict(state), unet.config)
        yield from rows_of(family, "unet", converted, unet.state_dict(), by_storage(state))

        state = {}
        for name, tensor in vae.state_dict().items():
            conv = ".attentions." in name and tensor.ndim == 2
            shape = (*tensor.shape, 1, 1) if conv else tensor.shape
            state["first_stage_model." + vae_name(name)] = torch.empty(shape)
        converted = single_file_utils.convert_ldm_vae_checkpoint(dict(state), vae.config)
        yield from rows_of(family, "vae", converted, vae.state_dict(), by_storage(state))

        for component, prefix, config in TEXTS[family]:
            projects = component == "text_encoder_2"
            model = (CLIPTextModelWithProjection if projects else CLIPTextModel)(CLIPTextConfig(**config))
            # Files and diffusers' older releases have the wrapper text_model around everything but the projection.
            expected = {
                name if name.startswith(("text_model.", "text_projection.")) else "text_model." + name: tensor
                for name, tensor in model.state_dict().items()
            }
            if config is CLIP_L:
                state = {prefix + name: torch.empty_like(tensor) for name, tensor in expected.items()}
                converted = single_file_utils.convert_ldm_clip_checkpoint(dict(state))
                yield from rows_of(family, component, converted, expected, by_storage(state))
                continue
            layers = config["num_hidden_layers"] + (0 if projects else 1)
            shapes = open_clip_tensors(config, layers, prefix)
            state = {name: Tracked(name, shape) for name, shape in shapes.items()}
            converted = single_file_utils.convert_open_clip_checkpoint(model, state, prefix)
            # The projection of SD 2 is in the file, and not in the model.
            converted = {name: value for name, value in converted.items() if name in expected or projects}
            rows = list(rows_of(family, component, converted, expected, shapes))
            yield from rows
            for name in shapes.keys() - {row[1] for row in rows}:
                yield family, name, shapes[name], component + ".", (), "-"


def text(shape):
    return "x".join(map(str, shape)) or "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    lines, configs = [], {}
    for family in UNETS:
        rows = list(reference(family))
        rows.sort(key=lambda row: (row[3], row[1]))
        lines += ["\t".join((f, a, text(sa), b, text(sb), how)) for f, a, sa, b, sb, how in rows]
        configs[family] = {"unet": UNETS[family], "vae": VAE}
        configs[family].update({component: config for component, _, config in TEXTS[family]})
        counts = {c: sum(row[3].startswith(c + ".") and row[5] != "-" for row in rows) for c in configs[family]}
        print(family, counts)
    with open(folder / "names.tsv.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode())
    (folder / "configs.json").write_text(json.dumps(configs, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
