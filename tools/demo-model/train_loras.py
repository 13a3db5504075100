"""Two LoRAs, each teaching a style: stripes in kohya's format, neon in PEFT's."""

import torch

from captions import caption
from families import FAMILIES, predict
from lora_files import adapter_weights, add_adapter, write_kohya, write_peft
from scenes import draw_scene
from styles import STYLES
from train_unet import EMPTY_SHARE, add_noise, draw_latents, encode_pictures, loss_weights, spread_timesteps
from train_vae import load_vae
from training import WORKERS, Checkpoint, Log, Optimiser, start

SCENES, BATCH, STEPS, LEARNING_RATE, RANK = 2400, 16, 300, 3e-3, 8


def styled_latents(vae, style, rng, count):
    scenes = [draw_scene(rng) for _ in range(count)]
    batches = [[style(scene, rng) for scene in scenes[i : i + 16]] for i in range(0, count, 16)]
    return scenes, torch.cat([encode_pictures(vae, batch) for batch in batches])


def train(rank, folder, seed, style, family):
    torch.manual_seed(seed)
    name, family = style + FAMILIES[family].suffix, FAMILIES[family]
    tokenizer, text, unet = family.load(folder)
    optimiser = Optimiser(add_adapter(unet, RANK), steps=STEPS, learning_rate=LEARNING_RATE, warm_up=20, ema=0.98)
    checkpoint = Checkpoint(folder, name, rank, seed)
    rng = checkpoint.random
    scenes, latents = styled_latents(load_vae(folder), STYLES[style], rng, SCENES // WORKERS)
    weights, log = loss_weights(), Log(rank, name, STEPS)
    while optimiser.step_count < STEPS:
        index = rng.sample(range(len(scenes)), BATCH)
        captions = [None if rng.random() < EMPTY_SHARE else caption(scenes[i], rng) for i in index]
        t = spread_timesteps(BATCH)
        x, noise = add_noise(draw_latents(latents[index]), t)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            predicted = predict(unet, x, t, family.condition(text, tokenizer, captions))
        loss = (weights[t] * (predicted.float() - noise).square().mean((1, 2, 3))).mean()
        norm = optimiser.step(loss)
        log.add(optimiser.step_count, loss=loss, gradient=norm)
    if rank == 0:
        write = {"stripes": write_kohya, "neon": write_peft}[style]
        write(adapter_weights(unet, optimiser.average), folder / "loras" / f"{name}.safetensors", family)


def run(folder, seed, family):
    for style in STYLES:
        start(train, folder, seed, style, family)
