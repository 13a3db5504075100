"""The two models that are trained here, and what differs between them: how captions become conditions, and names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import load_file
from transformers import CLIPTokenizer

from networks import make_text_encoder, make_unet, prepare_for_training
from networks_xl import make_texts_xl, make_unet_xl
from scenes import IMAGE_SIZE
from vocabulary import encode

# Original height and width, top and left of the crop, target height and width.
PLAIN_SIZES = (IMAGE_SIZE, IMAGE_SIZE, 0, 0, IMAGE_SIZE, IMAGE_SIZE)


class Condition(NamedTuple):
    """What a UNet is told."""

    states: torch.Tensor  # [N, 77, width]
    pooled: torch.Tensor = None  # [N, width]; XL
    sizes: torch.Tensor = None  # [N, 6]; XL

    def join(self, other):
        return Condition(*(None if a is None else torch.cat([a, b]) for a, b in zip(self, other)))


def predict(unet, x, t, condition):
    """The noise in x, [N, 4, 16, 16]."""
    added = None
    if condition.pooled is not None:
        added = {"text_embeds": condition.pooled, "time_ids": condition.sizes}
    return unet(x, t, condition.states, added_cond_kwargs=added, return_dict=False)[0]


def condition_sd15(text, tokenizer, captions, _sizes=None):
    """None among the captions is no prompt at all: here the same as ""."""
    return Condition(text(encode(tokenizer, [caption or "" for caption in captions])).last_hidden_state)


def condition_xl(texts, tokenizer, captions, sizes=None):
    """The states before each encoder's last layer side by side, and the second's pooled output; all zeros for no prompt
    (diffusers' force_zeros_for_empty_prompt)."""
    ids = encode(tokenizer, [caption or "" for caption in captions])
    states, pooled = encode_xl(texts, ids, tokenizer.eos_token_id)
    there = torch.tensor([caption is not None for caption in captions], dtype=states.dtype)
    sizes = [PLAIN_SIZES] * len(captions) if sizes is None else sizes
    return Condition(states * there[:, None, None], pooled * there[:, None], torch.tensor(sizes, dtype=torch.float32))


def encode_xl(texts, ids, end):
    """States [N, 77, 160] and pooled [N, 64] of ids that the end's id fills up; the second encoder wants 0 there."""
    after_end = ((ids == end).cumsum(1) > 1) & (ids == end)
    first = texts["one"](ids, output_hidden_states=True).hidden_states[-2]
    second = texts["two"](ids.masked_fill(after_end, 0), output_hidden_states=True)
    return torch.cat([first, second.hidden_states[-2]], -1), second.text_embeds


@dataclass(frozen=True)
class Family:
    suffix: str  # of its files
    make_text: Callable
    make_unet: Callable
    condition: Callable  # (text, tokenizer, captions, sizes) -> Condition
    pipeline: type  # diffusers'
    kohya_base: str  # what kohya's trainer calls it

    def load(self, folder):
        """The tokenizer, the text encoder or encoders, and the UNet, trained."""
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        text, unet = self.make_text(len(tokenizer)), self.make_unet()
        text.load_state_dict(load_file(folder / f"text{self.suffix}.safetensors"))
        unet.load_state_dict(load_file(folder / f"unet{self.suffix}.safetensors"))
        return tokenizer, text.requires_grad_(False).eval(), prepare_for_training(unet)


FAMILIES = {
    "sd15": Family("", make_text_encoder, make_unet, condition_sd15, StableDiffusionPipeline, "sd_v1"),
    "sdxl": Family("-xl", make_texts_xl, make_unet_xl, condition_xl, StableDiffusionXLPipeline, "sdxl_base_v1-0"),
}
