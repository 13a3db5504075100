"""The networks of the demo model in Stable Diffusion XL's layout."""

import torch
from diffusers import EulerDiscreteScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from networks import LATENT_SCALE, TEXT_WIDTH, make_text_encoder, make_vae

LATENT_SCALE_XL = 0.13025
SECOND_WIDTH = 64  # of the second text encoder, and of its pooled output
NUMBER_WIDTH = 16  # of the waves that stand for each size; SDXL itself has 256


def make_second_text_encoder(vocabulary_size):
    return CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=vocabulary_size,
            hidden_size=SECOND_WIDTH,
            intermediate_size=4 * SECOND_WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=77,
            hidden_act="gelu",
            projection_dim=SECOND_WIDTH,
            bos_token_id=vocabulary_size - 2,
            eos_token_id=2,  # as in SDXL's config: the end is found by the largest id
            pad_token_id=0,  # "!"
            attn_implementation="eager",
        )
    )


def make_texts_xl(vocabulary_size):
    return torch.nn.ModuleDict(
        {"one": make_text_encoder(vocabulary_size), "two": make_second_text_encoder(vocabulary_size)}
    )


def make_unet_xl():
    """networks.make_unet() with linear projections, the wider context, and the pooled prompt and six sizes added to the
    time."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=(64, 96, 112),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        transformer_layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH + SECOND_WIDTH,
        attention_head_dim=(4, 4, 4),  # the number of heads, by its historic misnomer
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=NUMBER_WIDTH,
        projection_class_embeddings_input_dim=SECOND_WIDTH + 6 * NUMBER_WIDTH,
        norm_num_groups=16,
    )


def make_scheduler_xl():
    """Stable Diffusion XL's own."""
    return EulerDiscreteScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="leading",
        steps_offset=1,
    )


def make_vae_xl():
    vae = make_vae()
    vae.register_to_config(scaling_factor=LATENT_SCALE_XL, force_upcast=True)
    return vae


def rescale_vae(state):
    """A VAE's weights with XL's scaling factor folded in: scaled latents, and so what the UNet sees, stay the same."""
    ratio = LATENT_SCALE / LATENT_SCALE_XL
    state = dict(state)
    weight, bias = state["quant_conv.weight"].clone(), state["quant_conv.bias"].clone()
    weight[:4] *= ratio
    bias[:4] *= ratio
    bias[4:] += 2 * torch.log(torch.tensor(ratio))
    return {
        **state,
        "quant_conv.weight": weight,
        "quant_conv.bias": bias,
        "post_quant_conv.weight": state["post_quant_conv.weight"] / ratio,
    }


@torch.no_grad()
def warm_start(unet, texts, unet_weights, text_weights):
    """Takes over shapes-sd15's weights wherever the shapes agree. What is new begins small, or at nothing."""
    for name, parameter in unet.named_parameters():
        old = unet_weights.get(name)
        if old is None:
            continue
        if old.dim() == 4 and parameter.dim() == 2:  # a projection that was a convolution of 1 x 1
            old = old[:, :, 0, 0]
        if old.shape == parameter.shape:
            parameter.copy_(old)
        else:  # keys and values from the context: the columns of the first encoder
            assert name.endswith(("attn2.to_k.weight", "attn2.to_v.weight")), name
            parameter.mul_(0.5)
            parameter[:, :TEXT_WIDTH] = old
    unet.add_embedding.linear_2.weight.zero_()
    unet.add_embedding.linear_2.bias.zero_()
    texts["one"].load_state_dict(text_weights)
