"""Two LoRAs, each teaching a style: stripes in kohya's format, neon in PEFT's."""

import torch
from safetensors.torch import load_file
from transformers import CLIPTokenizer

from lora_files import adapter_weights, add_adapter, write_kohya, write_peft
from captions import caption
from networks import make_text_encoder, make_unet, prepare_for_training
from scenes import draw_scene
from styles import STYLES
from train_unet import EMPTY_SHARE, add_noise, draw_latents, encode_pictures, loss_weights, spread_timesteps
from train_vae import load_vae
from training import WORKERS, Checkpoint, Log, Optimiser, start
from vocabulary import encode

SCENES, BATCH, STEPS, LEARNING_RATE, RANK = 2400, 16, 300, 3e-3, 8


def load_networks(folder):
    """The tokenizer, the text encoder and the UNet, trained."""
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    text, unet = make_text_encoder(len(tokenizer)), make_unet()
    text.load_state_dict(load_file(folder / "text.safetensors"))
    unet.load_state_dict(load_file(folder / "unet.safetensors"))
    return tokenizer, text.requires_grad_(False).eval(), prepare_for_training(unet)


def styled_latents(vae, style, rng, count):
    scenes = [draw_scene(rng) for _ in range(count)]
    batches = [[style(scene, rng) for scene in scenes[i : i + 16]] for i in range(0, count, 16)]
    return scenes, torch.cat([encode_pictures(vae, batch) for batch in batches])


def train(rank, folder, seed, name):
    torch.manual_seed(seed)
    tokenizer, text, unet = load_networks(folder)
    optimiser = Optimiser(add_adapter(unet, RANK), steps=STEPS, learning_rate=LEARNING_RATE, warm_up=20, ema=0.98)
    checkpoint = Checkpoint(folder, name, rank, seed)
    rng = checkpoint.random
    scenes, latents = styled_latents(load_vae(folder), STYLES[name], rng, SCENES // WORKERS)
    weights, log = loss_weights(), Log(rank, name, STEPS)
    while optimiser.step_count < STEPS:
        index = rng.sample(range(len(scenes)), BATCH)
        ids = encode(tokenizer, ["" if rng.random() < EMPTY_SHARE else caption(scenes[i], rng) for i in index])
        t = spread_timesteps(BATCH)
        x, noise = add_noise(draw_latents(latents[index]), t)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = text(ids).last_hidden_state
            predicted = unet(x, t, states, return_dict=False)[0]
        loss = (weights[t] * (predicted.float() - noise).square().mean((1, 2, 3))).mean()
        norm = optimiser.step(loss)
        log.add(optimiser.step_count, loss=loss, gradient=norm)
    if rank == 0:
        write = {"stripes": write_kohya, "neon": write_peft}[name]
        write(adapter_weights(unet, optimiser.average), folder / "loras" / f"{name}.safetensors")


def run(folder, seed):
    for name in STYLES:
        start(train, folder, seed, name)
