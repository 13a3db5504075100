"""The tiny Stable Diffusion 1.x: its shape, and weights that make it behave.

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
from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from bpe import write_tokenizer

CONTEXT_WIDTH = 32
LATENT_SCALE = 0.18215
FIT_PROMPTS = ["", "a photo of a fox", "a red car at night, neon lights", "watercolor painting of a castle", "blurry"]


def make_unet():
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(16, 32, 32),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=CONTEXT_WIDTH,
        attention_head_dim=4,  # the number of heads, by its historic misnomer
        norm_num_groups=8,
    )


def make_vae():
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
        scaling_factor=LATENT_SCALE,
    )


def make_text_encoder(vocabulary_size):
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary_size,
            hidden_size=CONTEXT_WIDTH,
            intermediate_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=77,
            hidden_act="quick_gelu",
            layer_norm_eps=1e-5,
            projection_dim=CONTEXT_WIDTH,
            bos_token_id=0,
            eos_token_id=2,  # as Stable Diffusion 1.5's config has it: the end is found by the largest id
            pad_token_id=1,
        )
    )


def make_scheduler():
    return PNDMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        num_train_timesteps=1000,
        set_alpha_to_one=False,
        skip_prk_steps=True,
        steps_offset=1,
    )


def draw(module, seed):
    """Fills every parameter: matrices at unit gain, biases and norms near their usual values."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "embedding" in name and name.endswith("weight") and "time_embedding" not in name:
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
def fit_noise_prediction(unet, contexts, alphas_cumprod, seed, prompt_share=0.12, ridge=1e-2):
    """Solves unet.conv_out for epsilon on smooth latents, then adds `prompt_share` of a random convolution."""
    generator = torch.Generator().manual_seed(seed)
    features = []
    hook = unet.conv_out.register_forward_pre_hook(lambda _module, inputs: features.append(inputs[0]))
    targets = []
    for _ in range(12):
        clean = smooth_latents(32, generator)
        noise = torch.randn(clean.shape, generator=generator)
        t = torch.randint(0, 1000, (32,), generator=generator)
        ac = alphas_cumprod[t].view(-1, 1, 1, 1)
        rows = torch.randint(0, len(contexts), (32,), generator=generator)
        unet(ac.sqrt() * clean + (1 - ac).sqrt() * noise, t, encoder_hidden_states=contexts[rows])
        targets.append(noise)
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
    print(f"unet: noise predicted to a root mean square error of {residual:.3f} (1 is nothing learnt)")


@torch.no_grad()
def scale_vae(vae, seed, picture):
    """Scales the last convolutions: latents of unit variance, pictures of standard deviation 0.4 about grey."""
    generator = torch.Generator().manual_seed(seed)
    decoded = vae.decode(smooth_latents(16, generator) / LATENT_SCALE).sample
    vae.decoder.conv_out.weight.data *= 0.4 / decoded.std()
    vae.decoder.conv_out.bias.data *= 0.4 / decoded.std()
    decoded = vae.decode(smooth_latents(16, generator) / LATENT_SCALE).sample
    vae.decoder.conv_out.bias.data -= decoded.mean((0, 2, 3))

    moments = vae.encode(picture).latent_dist
    mean_std, logvar = moments.mean.std(), moments.logvar
    weight, bias = vae.quant_conv.weight.data, vae.quant_conv.bias.data
    weight[:4] /= LATENT_SCALE * mean_std
    bias[:4] /= LATENT_SCALE * mean_std
    weight[4:] *= 0.5 / logvar.std()
    bias[4:] = bias[4:] * 0.5 / logvar.std() - 1


def encode(tokenizer, text_encoder, prompts):
    ids = tokenizer(prompts, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids
    return text_encoder(ids)[0]


def make_model(folder: Path, picture, seed):
    """Writes the whole model to `folder` in the diffusers layout. `picture` [1, 3, 64, 64] sets the VAE's scale."""
    vocabulary = write_tokenizer(folder / "tokenizer")
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    text_encoder, unet, vae = make_text_encoder(len(vocabulary)).eval(), make_unet().eval(), make_vae().eval()
    for offset, module in enumerate((text_encoder, unet, vae)):
        draw(module, seed + offset)
    favour_straight_paths(unet)
    scheduler = make_scheduler()
    with torch.no_grad():
        contexts = encode(tokenizer, text_encoder, FIT_PROMPTS)
    fit_noise_prediction(unet, contexts, scheduler.alphas_cumprod, seed + 3)
    scale_vae(vae, seed + 4, picture)

    text_encoder.save_pretrained(folder / "text_encoder")
    use_classic_text_names(folder / "text_encoder" / "model.safetensors")
    unet.save_pretrained(folder / "unet")
    vae.save_pretrained(folder / "vae")
    scheduler.save_pretrained(folder / "scheduler")
    add_clip_sample(folder / "scheduler" / "scheduler_config.json")
    write_index(folder)


def use_classic_text_names(path: Path):
    """transformers 5 writes a CLIPTextModel's tensors without the "text_model." that real repositories have."""
    tensors = load_file(path)
    classic = {k if k.startswith("text_model.") else "text_model." + k: v for k, v in tensors.items()}
    save_file(classic, path, metadata={"format": "pt"})


def add_clip_sample(path: Path):
    """Real repositories have this field, which the class no longer takes."""
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "clip_sample": False}, indent=2, sort_keys=True) + "\n")


def write_index(folder: Path):
    """model_index.json, field for field as Stable Diffusion 1.5's repository has it."""
    unet_config = json.loads((folder / "unet" / "config.json").read_text())
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": unet_config["_diffusers_version"],
        "feature_extractor": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def load_model(folder: Path):
    """The model as any user of diffusers would load it; fails if a text encoder tensor was not found in the file."""
    stored = load_file(folder / "text_encoder" / "model.safetensors")
    pipe = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    for name, value in pipe.text_encoder.state_dict().items():
        if name.endswith("position_ids"):
            continue
        file_name = name if name.startswith("text_model.") else "text_model." + name
        assert torch.equal(stored[file_name], value), f"{name} was not loaded"
    for module in (pipe.unet, pipe.vae, pipe.text_encoder):
        module.eval().requires_grad_(False)
    return pipe
