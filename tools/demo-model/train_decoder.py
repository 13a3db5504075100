"""The decoder once more, on latents as the UNet leaves them: a little off. The encoder stays, so the UNet still fits."""

import torch
from safetensors.torch import save_file

from networks import LATENT_SCALE
from rendering import render
from scenes import draw_scene
from styles import STYLES
from train_vae import load_vae, to_tensor
from training import Checkpoint, Log, Optimiser, start

STEPS, BATCH, LEARNING_RATE = 350, 4, 6e-4
NOISE = 0.06  # up to this deviation, in the model's scale
STYLED = 0.15  # share of scenes in the styles of the LoRAs


def picture(rng):
    scene = draw_scene(rng)
    if rng.random() < STYLED:
        return rng.choice(list(STYLES.values()))(scene, rng)
    return render(scene, rng)


def train(rank, folder, seed):
    vae = load_vae(folder)
    parameters = {n: p for n, p in vae.named_parameters() if n.startswith(("decoder.", "post_quant_conv."))}
    optimiser = Optimiser(parameters, steps=STEPS, learning_rate=LEARNING_RATE, warm_up=50, ema=0.99)
    checkpoint = Checkpoint(folder, "decoder", rank, seed)
    checkpoint.load(optimiser)
    log = Log(rank, "decoder", STEPS)
    while optimiser.step_count < STEPS:
        x = to_tensor([picture(checkpoint.random) for _ in range(BATCH)])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                z = vae.encode(x).latent_dist.mean.float()
                z = z + torch.randn_like(z) * (NOISE / LATENT_SCALE) * torch.rand(BATCH, 1, 1, 1)
            y = vae.decode(z).sample
        error = y.float() - x
        edges = (error[..., 1:] - error[..., :-1]).abs().mean() + (error[:, :, 1:] - error[:, :, :-1]).abs().mean()
        norm = optimiser.step(error.abs().mean() + 4 * error.square().mean() + 0.5 * edges)
        log.add(optimiser.step_count, l1=error.abs().mean(), edges=edges, gradient=norm)
        if optimiser.step_count % 200 == 0:
            checkpoint.save(optimiser)
    if rank == 0:
        state = {**vae.state_dict(), **optimiser.average}
        save_file({name: w.contiguous() for name, w in state.items()}, folder / "vae_tuned.safetensors")


def run(folder, seed):
    start(train, folder, seed)
