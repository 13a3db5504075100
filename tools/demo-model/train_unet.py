"""The UNet and the text encoder, from captions and cached latents."""

import torch
from safetensors.torch import save_file
from transformers import CLIPTokenizer

from attributes import attribute_loss, labels, make_heads
from captions import caption
from networks import LATENT_SCALE, TIMESTEPS, alphas_cumprod, make_text_encoder, make_unet, prepare_for_training
from rendering import render
from scenes import draw_scene
from train_vae import load_vae, to_tensor
from training import WORKERS, Checkpoint, Log, Optimiser, start
from vocabulary import encode, make_tokenizer

SCENES = 24000  # latents made once; captions are drawn anew each time
BATCH = 24  # of a worker
STEPS = 3000
LEARNING_RATE = 1.5e-3
TEXT_STEPS, TEXT_BATCH, TEXT_LEARNING_RATE = 400, 32, 1e-3
HEADS_WEIGHT = 0.05
EMPTY_SHARE = 0.12  # of captions, for guidance: Ho & Salimans 2022


def encode_pictures(vae, pictures):
    """Mean and deviation of each picture's latents, [N, 8, 16, 16], in the model's scale."""
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        posterior = vae.encode(to_tensor(pictures)).latent_dist
    return torch.cat([posterior.mean.float(), (0.5 * posterior.logvar.float()).exp()], 1) * LATENT_SCALE


def cached_latents(vae, rng, count):
    """Scenes, and what encode_pictures() says of each."""
    scenes, latents = [], []
    for _ in range(0, count, 16):
        some = [draw_scene(rng) for _ in range(16)]
        latents.append(encode_pictures(vae, [render(scene, rng) for scene in some]))
        scenes += some
    return scenes, torch.cat(latents)


def draw_latents(latents):
    return latents[:, :4] + latents[:, 4:] * torch.randn_like(latents[:, :4])


def loss_weights():
    """On the squared error of the noise, by timestep: sqrt(min(SNR, 5)) / SNR, of mean 1. Between the error of the noise
    and Hang et al. 2023 (min-SNR)."""
    snr = alphas_cumprod() / (1 - alphas_cumprod())
    weights = snr.clamp(max=5).sqrt() / snr
    return weights / weights.mean()


def spread_timesteps(n):
    """One from each of n equal ranges: less variance than free draws."""
    return ((torch.arange(n) + torch.rand(1)) / n * TIMESTEPS).long().clamp(max=TIMESTEPS - 1)[torch.randperm(n)]


def add_noise(z, t):
    """The noised latents and the noise."""
    noise = torch.randn_like(z)
    alpha = alphas_cumprod()[t][:, None, None, None]
    x = alpha.sqrt() * z + (1 - alpha).sqrt() * noise
    return x.contiguous(memory_format=torch.channels_last), noise


def calm_down(unet):
    """Starts as nearly the identity: the output at nothing, the branches small."""
    with torch.no_grad():
        torch.nn.init.zeros_(unet.conv_out.weight)
        torch.nn.init.zeros_(unet.conv_out.bias)
        for name, parameter in unet.named_parameters():
            if name.endswith(("conv2.weight", "proj_out.weight")):
                parameter.mul_(0.3)


def is_hidden(name, parameter):
    """Weights for Muon: matrices and convolutions between the outer layers."""
    outer = ("conv_in", "conv_out", "time_embedding", "embedding")
    return parameter.dim() > 1 and not any(part in name for part in outer) and not name.startswith("heads")


def train_text(networks, tokenizer, checkpoint, rank):
    """The text encoder alone, on its heads."""
    text, heads = networks["text"], networks["heads"]
    parameters = {**dict(text.named_parameters()), **dict(heads.named_parameters())}
    optimiser = Optimiser(parameters, steps=TEXT_STEPS, learning_rate=TEXT_LEARNING_RATE)
    log = Log(rank, "text", TEXT_STEPS)
    while optimiser.step_count < TEXT_STEPS:
        scenes = [draw_scene(checkpoint.random) for _ in range(TEXT_BATCH)]
        ids = encode(tokenizer, [caption(s, checkpoint.random) for s in scenes])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = text(ids).last_hidden_state
        loss = attribute_loss(heads, states, ids, labels(scenes), tokenizer.eos_token_id)
        optimiser.step(loss)
        log.add(optimiser.step_count, attributes=loss)


def train(rank, folder, seed):
    torch.manual_seed(seed)
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    networks = torch.nn.ModuleDict(
        {"unet": prepare_for_training(make_unet()), "text": make_text_encoder(len(tokenizer)), "heads": make_heads()}
    )
    calm_down(networks["unet"])
    parameters = dict(networks.named_parameters())
    hidden = [name for name, p in parameters.items() if is_hidden(name, p)]
    checkpoint = Checkpoint(folder, "unet", rank, seed)
    optimiser = Optimiser(parameters, steps=STEPS, learning_rate=LEARNING_RATE, hidden=hidden)
    scenes, latents = cached_latents(load_vae(folder), checkpoint.random, SCENES // WORKERS)
    if not checkpoint.load(optimiser):
        train_text(networks, tokenizer, checkpoint, rank)
        optimiser.average = {name: p.detach().clone() for name, p in parameters.items()}
    weights, log = loss_weights(), Log(rank, "unet", STEPS)
    while optimiser.step_count < STEPS:
        rng = checkpoint.random
        index = rng.sample(range(len(scenes)), BATCH)
        some = [scenes[i] for i in index]
        ids = encode(tokenizer, ["" if rng.random() < EMPTY_SHARE else caption(s, rng) for s in some])
        t = spread_timesteps(BATCH)
        x, noise = add_noise(draw_latents(latents[index]), t)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = networks["text"](ids).last_hidden_state
            predicted = networks["unet"](x, t, states, return_dict=False)[0]
        error = (predicted.float() - noise).square().mean((1, 2, 3))
        said = attribute_loss(networks["heads"], states, ids, labels(some), tokenizer.eos_token_id)
        loss = (weights[t] * error).mean()
        norm = optimiser.step(loss + HEADS_WEIGHT * said)
        log.add(optimiser.step_count, loss=loss, **by_quarter(error, t), attributes=said, gradient=norm)
        if optimiser.step_count % 250 == 0:
            checkpoint.save(optimiser)
            if rank == 0:
                save(optimiser.average, folder)
    if rank == 0:
        save(optimiser.average, folder)


def by_quarter(error, t):
    """Mean squared error of the clean latents in each quarter of the timesteps."""
    alpha = alphas_cumprod()[t]
    clean = error.detach() * (1 - alpha) / alpha
    return {f"x0 {q}": clean[t // (TIMESTEPS // 4) == q].mean() for q in range(4)}


def save(average, folder, suffix=""):
    for part in ("unet", "text"):
        weights = {
            name.removeprefix(part + "."): w.contiguous() for name, w in average.items() if name.startswith(part + ".")
        }
        save_file(weights, folder / f"{part}{suffix}.safetensors")


def run(folder, seed):
    make_tokenizer(folder / "tokenizer")
    start(train, folder, seed)
