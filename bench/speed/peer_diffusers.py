#!/usr/bin/env python3
"""What bench_speed measures, by diffusers: the last line printed is JSON, in seconds.

    python bench/speed/peer_diffusers.py MODEL-FOLDER --size 512x512 --dtype bf16 [--steps 3] [--threads 2] [--compile]

`step` is a guided one (both prompts in one batch), the median; `decode` the second of two.
"""

import argparse
import json
import statistics
import time

import diffusers
import torch

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def seconds(work, device):
    start = time.perf_counter()
    work()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - start


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--size", action="append")
    parser.add_argument("--dtype", default="bf16", choices=DTYPES)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device, dtype = options.device, DTYPES[options.dtype]

    start = time.perf_counter()
    pipe = diffusers.DiffusionPipeline.from_pretrained(options.model, torch_dtype=dtype, safety_checker=None).to(device)
    load = time.perf_counter() - start
    pipe.unet.to(memory_format=torch.channels_last)
    pipe.vae.to(memory_format=torch.channels_last)
    if options.compile:
        pipe.unet = torch.compile(pipe.unet, mode="max-autotune")
        pipe.vae.decoder = torch.compile(pipe.vae.decoder, mode="max-autotune")

    sdxl = hasattr(pipe, "text_encoder_2")
    text = {"prompt": "a lighthouse on a cliff, oil on canvas", "negative_prompt": "blurred"}
    text |= {"device": device, "num_images_per_prompt": 1, "do_classifier_free_guidance": True}
    pipe.encode_prompt(**text)
    encoded = []
    text_seconds = seconds(lambda: encoded.append(pipe.encode_prompt(**text)), device)
    context = torch.cat([encoded[0][1], encoded[0][0]]).to(dtype)

    sizes = []
    for size in options.size or ["512x512"]:
        width, height = (int(side) for side in size.split("x"))
        added = None
        if sdxl:
            ids = torch.tensor([[height, width, 0, 0, height, width]] * 2, dtype=dtype, device=device)
            added = {"text_embeds": torch.cat([encoded[0][3], encoded[0][2]]).to(dtype), "time_ids": ids}
        latents = torch.randn(1, 4, height // 8, width // 8, generator=torch.Generator().manual_seed(1))
        latents = latents.to(device, dtype)

        def step():
            both = torch.cat([latents] * 2).contiguous(memory_format=torch.channels_last)
            eps = pipe.unet(both, 500, encoder_hidden_states=context, added_cond_kwargs=added).sample
            return eps[0] + 7.5 * (eps[1] - eps[0])

        first = seconds(step, device)
        steps = [seconds(step, device) for _ in range(options.steps)]
        first_decode = seconds(lambda: pipe.vae.decode(latents).sample.float(), device)
        decode = seconds(lambda: pipe.vae.decode(latents).sample.float(), device)
        sizes.append({"size": size, "first_step": first, "step": statistics.median(steps)})
        sizes[-1] |= {"first_decode": first_decode, "decode": decode}
    name = f"diffusers {diffusers.__version__}, torch {torch.__version__}" + (", compiled" if options.compile else "")
    print(json.dumps({"name": name, "load": load, "text": text_seconds, "sizes": sizes}))


if __name__ == "__main__":
    main()
