#!/usr/bin/env python3
"""The arithmetic of the true networks, counted by torch: what tests/unit/data/flops.json holds.

    python tools/full-size/flops.py > tests/unit/data/flops.json

Needs torch, diffusers and DeepCache; nothing is computed (everything lies on the meta device). The shapes are those of
stable-diffusion-v1-5, stable-diffusion-2-1, stable-diffusion-xl-base-1.0 and -refiner-1.0, which
tests/unit/data/single_file/configs.json has from diffusers.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import diffusers
import torch
from DeepCache import DeepCacheSDHelper
from torch.utils.flop_counter import FlopCounterMode

CONFIGS = Path(__file__).resolve().parents[2] / "tests" / "unit" / "data" / "single_file" / "configs.json"
SIZES = {"sd1": [(256, 256), (512, 512), (768, 512)], "sd2": [(768, 768)], "sdxl": [(512, 512), (1024, 1024)]}
SIZES["refiner"] = [(1024, 1024)]
BRANCHES = (0, 1, 2, 3, 5, 8)


def on_cpu(number):
    return torch.tensor(number, device="cpu")


def count(work):
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def above(unet, evaluate, branch):
    """Of an evaluation that takes its deep features from the one before it (Ma, Fang & Wang 2024)."""
    steps = [on_cpu(2.0), on_cpu(1.0)]
    helper = DeepCacheSDHelper(SimpleNamespace(unet=unet, scheduler=SimpleNamespace(timesteps=steps)))
    helper.set_params(cache_interval=2, cache_branch_id=branch)
    helper.enable()
    evaluate(steps[0])
    flops = count(lambda: evaluate(steps[1]))
    helper.disable()
    return flops


@torch.no_grad()
def main():
    configs = json.loads(CONFIGS.read_text())
    cases, decoders = [], []
    for family, sizes in SIZES.items():
        config = configs[family]["unet"]
        with torch.device("meta"):
            unet = diffusers.UNet2DConditionModel.from_config(config)
            for height, width in sizes:
                x = torch.empty(2, 4, height // 8, width // 8)
                context = torch.empty(2, 77, config["cross_attention_dim"])
                added = None
                if config.get("addition_embed_type") == "text_time":
                    numbers = 5 if family == "refiner" else 6
                    added = {"text_embeds": torch.empty(2, 1280), "time_ids": torch.empty(2, numbers)}

                def evaluate(t, x=x, context=context, added=added):
                    return unet(x, t, encoder_hidden_states=context, added_cond_kwargs=added)

                case = {"family": family, "height": height, "width": width, "batch": 2}
                cases.append(case | {"flops": count(lambda: evaluate(on_cpu(1)))})
                for branch in BRANCHES if (height, width) != sizes[0] or len(sizes) == 1 else ():
                    cases.append(case | {"branch": branch, "flops": above(unet, evaluate, branch)})
    with torch.device("meta"):
        vae = diffusers.AutoencoderKL.from_config(configs["sd1"]["vae"])
        for side in (256, 512):
            flops = count(lambda: vae.decode(torch.empty(1, 4, side // 8, side // 8)))
            decoders.append({"height": side, "width": side, "flops": flops})
    print(json.dumps({"diffusers": diffusers.__version__, "unet": cases, "decoder": decoders}, indent=1))


if __name__ == "__main__":
    main()
