"""A LoRA with which four steps draw: latent consistency distillation, Luo et al. 2023 (algorithm 1; LCM-LoRA).

Guidance is distilled in, at one scale, so that drawing needs guidance 1.
"""

import torch
import torch.nn.functional as F

from captions import caption
from families import FAMILIES, predict
from lora_files import adapter_weights, add_adapter, write_kohya
from networks import TIMESTEPS, alphas_cumprod
from train_unet import add_noise, cached_latents, draw_latents
from train_vae import load_vae
from training import WORKERS, Checkpoint, Log, Optimiser, start

SCENES, BATCH, STEPS, LEARNING_RATE = 4800, 16, 400, 2e-3
RANK, CONVOLUTION_RANK = 6, 2
SOLVER_STEPS = 50  # of the teacher's DDIM
GUIDANCE = 4.0
SIGMA_DATA, TIME_SCALE = 0.5, 10.0  # diffusers' LCMScheduler
HUBER = 0.001


def boundary(t):
    """(c_skip, c_out) at timesteps t, [N, 1, 1, 1]: the identity at 0."""
    scaled = (t.float() * TIME_SCALE)[:, None, None, None]
    return SIGMA_DATA**2 / (scaled**2 + SIGMA_DATA**2), scaled / (scaled**2 + SIGMA_DATA**2).sqrt()


def split(x, noise, t):
    """The clean latents that `noise` means in x, and the two factors at t."""
    alpha = alphas_cumprod()[t][:, None, None, None]
    return (x - (1 - alpha).sqrt() * noise) / alpha.sqrt(), alpha


def consistent(unet, x, t, condition):
    """The student's estimate of the end of the path through x."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        noise = predict(unet, x, t, condition)
    skip, out = boundary(t)
    return skip * x + out * split(x, noise.float(), t)[0]


@torch.no_grad()
def teacher_step(unet, x, t, before, condition, empty):
    """One guided DDIM step from t to `before`."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        both = predict(unet, torch.cat([x, x]), torch.cat([t, t]), empty.join(condition))
    plain, prompted = both.float().chunk(2)
    noise = plain + GUIDANCE * (prompted - plain)
    clean, _ = split(x, noise, t)
    alpha = alphas_cumprod()[before][:, None, None, None]
    return (alpha.sqrt() * clean + (1 - alpha).sqrt() * noise).contiguous(memory_format=torch.channels_last)


def train(rank, folder, seed, family):
    torch.manual_seed(seed)
    family = FAMILIES[family]
    tokenizer, text, unet = family.load(folder)
    _, _, teacher = family.load(folder)
    name = "lcm" + family.suffix
    parameters = add_adapter(unet, RANK, CONVOLUTION_RANK)
    optimiser = Optimiser(parameters, steps=STEPS, learning_rate=LEARNING_RATE, warm_up=20, ema=0.98)
    checkpoint = Checkpoint(folder, name, rank, seed)
    rng = checkpoint.random
    scenes, latents = cached_latents(load_vae(folder), rng, SCENES // WORKERS)
    log = Log(rank, name, STEPS)
    stride = TIMESTEPS // SOLVER_STEPS
    with torch.no_grad():
        empty = family.condition(text, tokenizer, [None] * BATCH)
    while optimiser.step_count < STEPS:
        index = rng.sample(range(len(scenes)), BATCH)
        with torch.no_grad():
            condition = family.condition(text, tokenizer, [caption(scenes[i], rng) for i in index])
        t = (torch.randint(SOLVER_STEPS, (BATCH,)) + 1) * stride - 1
        before = (t - stride).clamp(min=0)
        x, _ = add_noise(draw_latents(latents[index]), t)
        earlier = teacher_step(teacher, x, t, before, condition, empty)
        with torch.no_grad():
            wanted = consistent(unet, earlier, before, condition)
        error = consistent(unet, x, t, condition) - wanted
        loss = ((error.square() + HUBER**2).sqrt() - HUBER).mean()
        norm = optimiser.step(loss)
        log.add(optimiser.step_count, loss=loss, gradient=norm)
    if rank == 0:
        write_kohya(adapter_weights(unet, optimiser.average), folder / "loras" / f"{name}.safetensors", family)


def run(folder, seed, family):
    start(train, folder, seed, family)
