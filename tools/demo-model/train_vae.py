"""The autoencoder: 128 x 128 pixels to 4 x 16 x 16 latents, on crops that grow."""

import random

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from networks import LATENT_SCALE, make_vae, prepare_for_training
from rendering import coverage, paint, place, render
from scenes import COLOURS, IMAGE_SIZE, PALETTE, draw_scene
from training import Checkpoint, Log, Optimiser, start

# (crop, images a worker and step, steps). Small crops first: they are cheap, and edges are all the same there.
PHASES = [(32, 40, 900), (64, 12, 1700), (128, 4, 1500)]
LEARNING_RATE = 1.2e-3
KL_WEIGHT = 5e-5
FREE_COLOURS = 0.12  # share of scenes in colours outside the palette, for what people bring along to img2img


def crop_window(crop, centres, radius, rng):
    """A window of the picture, mostly on some edge of a shape."""
    if crop == IMAGE_SIZE:
        return (0, 0, crop, crop)
    limit = IMAGE_SIZE - crop
    if rng.random() < 0.1:
        return (rng.randint(0, limit), rng.randint(0, limit), crop, crop)
    x, y = rng.choice(centres)
    reach = 1.1 * radius
    left = int(min(limit, max(0, x + rng.uniform(-reach, reach) - crop / 2)))
    top = int(min(limit, max(0, y + rng.uniform(-reach, reach) - crop / 2)))
    return (left, top, crop, crop)


def picture(crop, rng):
    scene = draw_scene(rng)
    centres, radius = place(scene, rng)
    colours = [PALETTE[scene.colour], PALETTE[scene.ground]]
    if rng.random() < FREE_COLOURS:
        colours = [[rng.uniform(0, 255) for _ in range(3)] for _ in range(2)]
        if rng.random() < 0.3:
            colours[0] = PALETTE[rng.choice(COLOURS)]
    return paint(coverage(scene, centres, radius, crop_window(crop, centres, radius, rng)), *colours)


def to_tensor(pictures):
    """[N, 3, height, width] in -1..1."""
    x = torch.from_numpy(np.stack(pictures).astype(np.float32)).permute(0, 3, 1, 2) / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


def reconstruction_loss(error, crop):
    """L1 and squares; edges only at the end: from the start they reward blur."""
    loss = error.abs().mean()
    if crop < IMAGE_SIZE:
        return loss + 3 * error.square().mean()
    edges = (error[..., 1:] - error[..., :-1]).abs().mean() + (error[:, :, 1:] - error[:, :, :-1]).abs().mean()
    return loss + 2 * error.square().mean() + 0.25 * edges


def crop_at(step):
    for crop, batch, steps in PHASES:
        if step < steps:
            return crop, batch
        step -= steps
    raise IndexError(step)


def train(rank, folder, seed):
    torch.manual_seed(seed)
    vae = prepare_for_training(make_vae())
    steps = sum(phase[2] for phase in PHASES)
    optimiser = Optimiser(dict(vae.named_parameters()), steps=steps, learning_rate=LEARNING_RATE, floor=0.02)
    checkpoint = Checkpoint(folder, "vae", rank, seed)
    checkpoint.load(optimiser)
    log = Log(rank, "vae", steps)
    while optimiser.step_count < steps:
        crop, batch = crop_at(optimiser.step_count)
        x = to_tensor([picture(crop, checkpoint.random) for _ in range(batch)])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            posterior = vae.encode(x).latent_dist
            mean, log_variance = posterior.mean.float(), posterior.logvar.float()
            y = vae.decode(mean + torch.randn_like(mean) * (0.5 * log_variance).exp()).sample
        error = y.float() - x
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        norm = optimiser.step(reconstruction_loss(error, crop) + KL_WEIGHT * kl)
        log.add(optimiser.step_count, crop=crop, l1=error.detach().abs().mean(), kl=kl, gradient=norm)
        if optimiser.step_count % 300 == 0:
            checkpoint.save(optimiser)
    if rank == 0:
        vae.load_state_dict(optimiser.average)
        whiten(vae)
        save_file({k: v.contiguous() for k, v in vae.state_dict().items()}, folder / "vae.safetensors")


@torch.no_grad()
def whiten(vae):
    """Folds into the last layer of the encoder and the first of the decoder what gives the latents zero mean and, times
    the model's scaling factor, unit covariance over channels: the noise schedule is made for that."""
    rng = random.Random(5)
    scenes = [draw_scene(rng) for _ in range(256)]
    latents = []
    for i in range(0, len(scenes), 16):
        pictures = [render(scene, rng) for scene in scenes[i : i + 16]]
        latents.append(vae.encode(to_tensor(pictures)).latent_dist.mean)
    z = torch.cat(latents).permute(0, 2, 3, 1).reshape(-1, 4).double()
    mean = z.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov(z.T))
    there = vectors @ torch.diag(values.rsqrt()) @ vectors.T / LATENT_SCALE
    back = torch.linalg.inv(there)
    quant, post = vae.quant_conv, vae.post_quant_conv
    weight, bias = quant.weight[:, :, 0, 0].double(), quant.bias.double()
    weight[:4], bias[:4] = there @ weight[:4], there @ (bias[:4] - mean)
    bias[4:] += there.square().sum(1).log()
    quant.weight.copy_(weight[:, :, None, None])
    quant.bias.copy_(bias)
    weight = post.weight[:, :, 0, 0].double()
    post.bias.add_((weight @ mean).float())
    post.weight.copy_((weight @ back)[:, :, None, None])


def load_vae(folder, name="vae.safetensors"):
    vae = make_vae()
    vae.load_state_dict(load_file(folder / name))
    return prepare_for_training(vae).eval()


def run(folder, seed):
    start(train, folder, seed)
