"""The weights of the tiny models, and writing them.

Random weights alone give a model whose output hardly depends on anything, or whose samples run away. So:
- every layer is drawn at unit gain, which keeps activations O(1) and the text's influence visible;
- the UNet's last convolution is solved for, by ridge regression, to predict the noise in smooth random latents. With
  that the model denoises, sampling contracts, and rounding differences stay small instead of growing from step to
  step (a change of the initial noise grows about twofold over 8 steps). A random part is added back so that the prompt
  shows in the picture;
- the VAE's last convolutions are scaled to give pictures that use the range with little clipping, and latents of unit
  variance.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTokenizer

from bpe import write_tokenizer
from conditions import encode
from models import TinyModel
from repository_layout import add_clip_sample, classic_text_name

FIT_PROMPTS = ["", "a photo of a fox", "a red car at night, neon lights", "watercolor painting of a castle", "blurry"]


def make_unet(model: TinyModel):
    return UNet2DConditionModel(**{"sample_size": 8, "in_channels": 4, "out_channels": 4, "layers_per_block": 1, **model.unet})


def make_vae(model: TinyModel):
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        block_out_channels=(8, 16, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=model.latent_scale,
    )


def draw(module, seed):
    """Fills every parameter: matrices at unit gain, biases and norms near their usual values."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "embedding" in name and name.endswith("weight") and not name.startswith(("time_embedding", "add_embedding")):
            parameter.data = noise * (0.3 if "position" in name else 1.0)
        elif parameter.ndim > 1:
            parameter.data = noise * parameter[0].numel() ** -0.5
        elif "norm" in name and name.endswith("weight"):
            parameter.data = 1 + 0.1 * noise
        else:
            parameter.data = 0.1 * noise


def smooth_latents(count, generator):
    """Unit-variance latents [count, 4, 8, 8] with most of their power at low frequency, as real latents have."""
    coarse = F.interpolate(torch.randn(count, 4, 3, 3, generator=generator), size=(8, 8), mode="bilinear")
    fine = torch.randn(count, 4, 8, 8, generator=generator)
    latents = coarse + 0.25 * fine
    return latents / latents.std()


def random_holes(count, generator):
    """Masks [count, 1, 8, 8]: a rectangle of ones each."""
    holes = torch.zeros(count, 1, 8, 8)
    for hole in holes:
        top, left = torch.randint(0, 6, (2,), generator=generator)
        height, width = torch.randint(2, 9, (2,), generator=generator)
        hole[:, top : top + height, left : left + width] = 1
    return holes


@torch.no_grad()
def favour_straight_paths(unet):
    """Lets the input reach the last convolution nearly unmixed, so that a linear fit there can find the noise in it."""
    off_centre = torch.ones(3, 3, dtype=torch.bool)
    off_centre[1, 1] = False
    unet.conv_in.weight[:, :, off_centre] *= 0.15
    unet.conv_in.weight *= 2
    last = unet.up_blocks[-1]
    for name, parameter in unet.named_parameters():
        if name.endswith("conv2.weight") or name.endswith("proj_out.weight"):
            parameter *= 0.4
    for resnet in last.resnets:
        resnet.conv_shortcut.weight[:, : -unet.config.block_out_channels[0]] *= 0.4


@torch.no_grad()
def tell_greys_apart(vae):
    """Makes the first channels of a plain grey picture differ, which an inpainting model is shown. The norms divide by how far
    they are apart: were that next to nothing, the latents would be rounding errors, magnified."""
    signs = torch.tensor([1.0, -1.0]).repeat(len(vae.encoder.conv_in.bias) // 2)
    vae.encoder.conv_in.bias += signs


@torch.no_grad()
def fit_prediction(unet, conditions, scheduler, seed, prompt_share=0.12, ridge=1e-2):
    """Solves unet.conv_out for epsilon or v on smooth latents, then adds `prompt_share` of a random convolution."""
    generator = torch.Generator().manual_seed(seed)
    features = []
    hook = unet.conv_out.register_forward_pre_hook(lambda _module, inputs: features.append(inputs[0]))
    targets = []
    alphas_cumprod = scheduler.alphas_cumprod
    for _ in range(12):
        clean = smooth_latents(32, generator)
        noise = torch.randn(clean.shape, generator=generator)
        t = torch.randint(0, 1000, (32,), generator=generator)
        ac = alphas_cumprod[t].view(-1, 1, 1, 1)
        rows = torch.randint(0, len(conditions), (32,), generator=generator)
        noised = ac.sqrt() * clean + (1 - ac).sqrt() * noise
        if unet.config.in_channels == 9:
            hole = random_holes(len(clean), generator)
            noised = torch.cat([noised, hole, clean * (1 - hole)], 1)
        unet(noised, t, **conditions.rows(rows).arguments())
        by_v = scheduler.config.prediction_type == "v_prediction"
        targets.append(ac.sqrt() * noise - (1 - ac).sqrt() * clean if by_v else noise)
    hook.remove()
    columns = F.unfold(torch.cat(features), 3, padding=1).transpose(1, 2).flatten(0, 1).double()
    columns = torch.cat([columns, torch.ones(len(columns), 1, dtype=torch.double)], 1)
    wanted = torch.cat(targets).permute(0, 2, 3, 1).flatten(0, 2).double()
    gram = columns.T @ columns + ridge * len(columns) * torch.eye(columns.shape[1], dtype=torch.double)
    solved = torch.linalg.solve(gram, columns.T @ wanted).float()
    unet.conv_out.weight.data = (
        solved[:-1].T.reshape(unet.conv_out.weight.shape) + prompt_share * unet.conv_out.weight.data
    )
    unet.conv_out.bias.data = solved[-1] + prompt_share * unet.conv_out.bias.data
    residual = (columns @ solved.double() - wanted).pow(2).mean().sqrt()
    print(f"unet: predicts to a root mean square error of {residual:.3f} (1 is nothing learnt)")


@torch.no_grad()
def scale_vae(vae, latent_scale, seed, picture):
    """Scales the last convolutions: latents of unit variance, pictures of standard deviation 0.4 about grey."""
    generator = torch.Generator().manual_seed(seed)
    decoded = vae.decode(smooth_latents(16, generator) / latent_scale).sample
    vae.decoder.conv_out.weight.data *= 0.4 / decoded.std()
    vae.decoder.conv_out.bias.data *= 0.4 / decoded.std()
    decoded = vae.decode(smooth_latents(16, generator) / latent_scale).sample
    vae.decoder.conv_out.bias.data -= decoded.mean((0, 2, 3))

    moments = vae.encode(picture).latent_dist
    mean_std, logvar = moments.mean.std(), moments.logvar
    weight, bias = vae.quant_conv.weight.data, vae.quant_conv.bias.data
    weight[:4] /= latent_scale * mean_std
    bias[:4] /= latent_scale * mean_std
    weight[4:] *= 0.5 / logvar.std()
    bias[4:] = bias[4:] * 0.5 / logvar.std() - 1


def make_model(data: Path, model: TinyModel, picture):
    """Writes the whole model in the diffusers layout. `picture` [1, 3, 64, 64] sets the VAE's scale."""
    folder = data / model.folder
    tokenizers, encoders = [], []
    for text in model.texts:
        write_tokenizer(folder / text.tokenizer, text.pad)
        tokenizers.append(CLIPTokenizer.from_pretrained(folder / text.tokenizer))
        encoders.append(text.kind(CLIPTextConfig(**text.config)).eval())
    unet, vae = make_unet(model).eval(), make_vae(model).eval()
    # The second text encoder came later than the seeds of the rest.
    for offset, module in zip((0, 1, 2, 5), (encoders[0], unet, vae, *encoders[1:])):
        draw(module, model.seed + offset)
    favour_straight_paths(unet)
    if model.inpaints:
        tell_greys_apart(vae)
    with torch.no_grad():
        conditions = encode(model, tokenizers, encoders, FIT_PROMPTS)
    fit_prediction(unet, conditions, model.scheduler, model.seed + 3)
    scale_vae(vae, model.latent_scale, model.seed + 4, picture)

    for text, encoder in zip(model.texts, encoders):
        encoder.save_pretrained(folder / text.folder)
        use_classic_text_names(folder / text.folder / "model.safetensors")
    unet.save_pretrained(folder / "unet")
    vae.save_pretrained(folder / "vae")
    model.scheduler.save_pretrained(folder / "scheduler")
    add_clip_sample(folder / "scheduler" / "scheduler_config.json")
    write_index(folder, model)


def use_classic_text_names(path: Path):
    tensors = load_file(path)
    save_file({classic_text_name(k): v for k, v in tensors.items()}, path, metadata={"format": "pt"})


def write_index(folder: Path, model: TinyModel):
    """model_index.json, field for field as the family's repositories have it."""
    unet_config = json.loads((folder / "unet" / "config.json").read_text())
    index = {
        "scheduler": ["diffusers", type(model.scheduler).__name__],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        **model.index,
    }
    if model.xl:
        index |= {name: [None, None] for name in ("text_encoder", "tokenizer", "feature_extractor", "image_encoder")}
    for text in model.texts:
        index[text.folder] = ["transformers", text.kind.__name__]
        index[text.tokenizer] = ["transformers", "CLIPTokenizer"]
    head = {"_class_name": model.pipeline.__name__, "_diffusers_version": unet_config["_diffusers_version"]}
    (folder / "model_index.json").write_text(json.dumps(head | dict(sorted(index.items())), indent=2) + "\n")
