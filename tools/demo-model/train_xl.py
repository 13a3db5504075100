"""The model in Stable Diffusion XL's layout: from shapes-sd15's weights, to two text encoders, a pooled prompt and sizes."""

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPTokenizer

from attributes import attribute_loss, labels, make_heads, pooled_loss
from captions import caption
from families import FAMILIES, PLAIN_SIZES, condition_xl, encode_xl, predict
from networks import TEXT_WIDTH, prepare_for_training
from networks_xl import SECOND_WIDTH, make_texts_xl, make_unet_xl, warm_start
from rendering import render
from scenes import IMAGE_SIZE, draw_scene
from train_unet import (
    add_noise,
    by_quarter,
    draw_latents,
    encode_pictures,
    is_hidden,
    loss_weights,
    save,
    spread_timesteps,
)
from train_vae import load_vae
from training import WORKERS, Checkpoint, Log, Optimiser, start
from vocabulary import encode

SCENES, BATCH, STEPS, LEARNING_RATE = 9600, 24, 800, 1e-3
TEXT_STEPS, TEXT_BATCH, TEXT_LEARNING_RATE = 400, 32, 1e-3
HEADS_WEIGHT = 0.05
NO_PROMPT_SHARE, EMPTY_SHARE = 0.10, 0.03
CROPPED_SHARE, LARGEST_CROP = 0.12, 40  # in pixels
SMALL_SHARE, SMALLEST, LARGEST = 0.08, 40, 100  # of originals that were smaller, in pixels


def framed(picture, rng):
    """A picture as a collection of pictures of many sizes would have it, cropped or enlarged, and the six sizes that say
    so (Podell et al. 2023, section 2.2)."""
    choice = rng.random()
    if choice < CROPPED_SHARE:
        top, left = rng.randint(0, LARGEST_CROP), rng.randint(0, LARGEST_CROP)
        wide = np.pad(picture, ((0, LARGEST_CROP), (0, LARGEST_CROP), (0, 0)), mode="edge")
        return wide[top : top + IMAGE_SIZE, left : left + IMAGE_SIZE], (*PLAIN_SIZES[:2], top, left, *PLAIN_SIZES[4:])
    if choice < CROPPED_SHARE + SMALL_SHARE:
        size = rng.randint(SMALLEST, LARGEST)
        small = Image.fromarray(picture.round().astype(np.uint8)).resize((size, size), Image.BOX)
        blurred = np.asarray(small.resize((IMAGE_SIZE, IMAGE_SIZE), Image.BICUBIC), np.float32)
        return blurred, (size, size, 0, 0, *PLAIN_SIZES[4:])
    return picture, PLAIN_SIZES


def framed_latents(vae, rng, count):
    """Scenes, their sizes, and what encode_pictures() says of each."""
    scenes, sizes, latents = [], [], []
    for _ in range(0, count, 16):
        some = [draw_scene(rng) for _ in range(16)]
        pictures, told = zip(*(framed(render(scene, rng), rng) for scene in some))
        latents.append(encode_pictures(vae, pictures))
        scenes += some
        sizes += told
    return scenes, sizes, torch.cat(latents)


def train_texts(networks, tokenizer, checkpoint, rank):
    """The text encoders alone, on their heads."""
    parameters = {name: p for name, p in networks.named_parameters() if not name.startswith("unet.")}
    optimiser = Optimiser(parameters, steps=TEXT_STEPS, learning_rate=TEXT_LEARNING_RATE)
    log = Log(rank, "texts", TEXT_STEPS)
    while optimiser.step_count < TEXT_STEPS:
        scenes = [draw_scene(checkpoint.random) for _ in range(TEXT_BATCH)]
        ids = encode(tokenizer, [caption(s, checkpoint.random) for s in scenes])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states, pooled = encode_xl(networks["text"], ids, tokenizer.eos_token_id)
        said = attribute_loss(networks["heads"], states, ids, labels(scenes), tokenizer.eos_token_id)
        whole = pooled_loss(networks["pooled_heads"], pooled, labels(scenes))
        optimiser.step(said + whole)
        log.add(optimiser.step_count, attributes=said, pooled=whole)


def draw_caption(scene, rng):
    choice = rng.random()
    if choice < NO_PROMPT_SHARE:
        return None
    return "" if choice < NO_PROMPT_SHARE + EMPTY_SHARE else caption(scene, rng)


def train(rank, folder, seed):
    torch.manual_seed(seed)
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    networks = torch.nn.ModuleDict(
        {
            "unet": prepare_for_training(make_unet_xl()),
            "text": make_texts_xl(len(tokenizer)),
            "heads": make_heads(TEXT_WIDTH + SECOND_WIDTH),
            "pooled_heads": make_heads(SECOND_WIDTH),
        }
    )
    warm_start(
        networks["unet"],
        networks["text"],
        load_file(folder / "unet.safetensors"),
        load_file(folder / "text.safetensors"),
    )
    parameters = dict(networks.named_parameters())
    hidden = [name for name, p in parameters.items() if is_hidden(name, p) and "heads." not in name]
    checkpoint = Checkpoint(folder, "unet-xl", rank, seed)
    optimiser = Optimiser(parameters, steps=STEPS, learning_rate=LEARNING_RATE, hidden=hidden, ema=0.996)
    rng = checkpoint.random
    scenes, sizes, latents = framed_latents(load_vae(folder), rng, SCENES // WORKERS)
    if not checkpoint.load(optimiser):
        train_texts(networks, tokenizer, checkpoint, rank)
        optimiser.average = {name: p.detach().clone() for name, p in parameters.items()}
    weights, log = loss_weights(), Log(rank, "xl", STEPS)
    while optimiser.step_count < STEPS:
        index = rng.sample(range(len(scenes)), BATCH)
        some = [scenes[i] for i in index]
        captions = [draw_caption(s, rng) for s in some]
        t = spread_timesteps(BATCH)
        x, noise = add_noise(draw_latents(latents[index]), t)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            condition = condition_xl(networks["text"], tokenizer, captions, [sizes[i] for i in index])
            predicted = predict(networks["unet"], x, t, condition)
        error = (predicted.float() - noise).square().mean((1, 2, 3))
        ids = encode(tokenizer, [c or "" for c in captions])
        said = attribute_loss(networks["heads"], condition.states, ids, labels(some), tokenizer.eos_token_id)
        spoken = torch.tensor([bool(c) for c in captions])
        whole = pooled_loss(networks["pooled_heads"], condition.pooled[spoken], labels(some)[spoken])
        loss = (weights[t] * error).mean()
        norm = optimiser.step(loss + HEADS_WEIGHT * (said + whole))
        log.add(optimiser.step_count, loss=loss, **by_quarter(error, t), attributes=said, pooled=whole, gradient=norm)
        if optimiser.step_count % 200 == 0:
            checkpoint.save(optimiser)
    if rank == 0:
        save(optimiser.average, folder, FAMILIES["sdxl"].suffix)


def run(folder, seed):
    start(train, folder, seed)
