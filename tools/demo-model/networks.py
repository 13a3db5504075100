"""The networks' shapes, in diffusers' and transformers' own classes."""

import torch
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

LATENT_SCALE = 0.18215
TEXT_WIDTH = 96
TIMESTEPS = 1000


def make_vae():
    return AutoencoderKL(
        block_out_channels=(16, 32, 48, 64),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=128,
        scaling_factor=LATENT_SCALE,
    )


def make_text_encoder(vocabulary_size):
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary_size,
            hidden_size=TEXT_WIDTH,
            intermediate_size=4 * TEXT_WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=77,
            hidden_act="quick_gelu",
            projection_dim=TEXT_WIDTH,
            bos_token_id=vocabulary_size - 2,
            eos_token_id=2,  # as Stable Diffusion 1.5's config has it: the end is found by the largest id
            pad_token_id=vocabulary_size - 1,
            attn_implementation="eager",
        )
    )


def make_unet():
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=(64, 96, 112),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,  # the number of heads, by its historic misnomer
        norm_num_groups=16,
    )


def make_scheduler():
    """Stable Diffusion 1.5's own."""
    return PNDMScheduler(
        num_train_timesteps=TIMESTEPS,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        skip_prk_steps=True,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def alphas_cumprod():
    return torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, TIMESTEPS) ** 2, 0)


class WideGroupNorm(torch.nn.GroupNorm):
    """In fp32 whatever comes in: under autocast on a CPU that is faster than in bf16, and more exact."""

    def forward(self, x):
        return torch.nn.functional.group_norm(x.float(), self.num_groups, self.weight, self.bias, self.eps)


class MaterialisedAttention:
    """An attention processor with the scores in memory: at heads this small its backward pass is several times faster
    than the fused one's."""

    def __call__(self, attention, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states

        def split(x):
            return x.unflatten(-1, (attention.heads, -1)).transpose(1, 2)

        query, key, value = (
            split(attention.to_q(hidden_states)),
            split(attention.to_k(context)),
            split(attention.to_v(context)),
        )
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        out = (scores.softmax(-1).to(value.dtype) @ value).transpose(1, 2).flatten(2)
        return attention.to_out[0](out)


def prepare_for_training(network):
    """Sets what makes training on a CPU quick; nothing of it is saved with the weights."""
    for module in network.modules():
        if type(module) is torch.nn.GroupNorm:
            module.__class__ = WideGroupNorm
    if isinstance(network, UNet2DConditionModel):
        network.set_attn_processor(MaterialisedAttention())
    return network.to(memory_format=torch.channels_last)
