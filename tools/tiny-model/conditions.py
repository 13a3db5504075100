"""Prompts as a UNet gets them."""

from dataclasses import dataclass

import torch

WANTED_BEAUTY, UNWANTED_BEAUTY = 6.0, 2.5  # the refiner's aesthetic scores, as its pipeline has them by default


@dataclass
class Conditions:
    context: torch.Tensor  # [N, tokens, width]
    pooled: torch.Tensor = None  # [N, width]; SDXL
    time_ids: torch.Tensor = None  # [N, 6], or 5 for the refiner; SDXL

    def __len__(self):
        return len(self.context)

    def rows(self, index):
        return Conditions(*(None if t is None else t[index] for t in (self.context, self.pooled, self.time_ids)))

    def arguments(self):
        """What UNet2DConditionModel is called with."""
        added = {} if self.pooled is None else {"text_embeds": self.pooled, "time_ids": self.time_ids}
        return {"encoder_hidden_states": self.context, "added_cond_kwargs": added}


def join(*conditions):
    """One after the other, along the batch."""
    parts = zip(*((c.context, c.pooled, c.time_ids) for c in conditions))
    return Conditions(*(None if part[0] is None else torch.cat(part) for part in parts))


def time_ids(model, size, negative=False):
    """The numbers beside the pooled prompt, [1, 6 or 5]. `size` is (width, height) in pixels."""
    width, height = size
    numbers = [height, width, 0, 0]
    if model.index.get("requires_aesthetics_score"):
        numbers.append(UNWANTED_BEAUTY if negative else WANTED_BEAUTY)
    else:
        numbers += [height, width]
    return torch.tensor([numbers], dtype=torch.float32)


def encode(model, tokenizers, encoders, prompts, size=(64, 64), negative=False):
    """The prompts through the model's text encoders themselves. The golden runs of SDXL use diffusers' pipelines."""
    states, pooled = [], None
    for tokenizer, encoder in zip(tokenizers, encoders):
        ids = tokenizer(prompts, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids
        out = encoder(ids, output_hidden_states=model.xl)
        states.append(out.hidden_states[-2] if model.xl else out.last_hidden_state)
        pooled = getattr(out, "text_embeds", None)
    context = torch.cat(states, -1)
    if not model.xl:
        return Conditions(context)
    return Conditions(context, pooled, time_ids(model, size, negative).expand(len(prompts), -1))


@torch.no_grad()
def encode_with_pipeline(model, pipe, prompt, negative=False, size=(64, 64), clip_skip=None):
    """One prompt as diffusers' pipeline encodes it. A negative prompt of "" is none at all."""
    if not model.xl:
        assert clip_skip is None, "these runs encode their prompts themselves"
        tokenizers, encoders = components(model, pipe)
        return encode(model, tokenizers, encoders, [prompt])
    # The pipeline leaves a negative prompt's layers alone, whatever clip_skip says; here it holds for both.
    as_negative = negative and clip_skip is None
    out = pipe.encode_prompt(
        prompt="" if as_negative else prompt,
        negative_prompt=(prompt or None) if as_negative else None,
        device="cpu",
        do_classifier_free_guidance=as_negative,
        clip_skip=clip_skip,
    )
    context, pooled = (out[1], out[3]) if as_negative else (out[0], out[2])
    return Conditions(context.detach(), pooled.detach(), time_ids(model, size, negative))


def components(model, pipe):
    return (
        [getattr(pipe, text.tokenizer) for text in model.texts],
        [getattr(pipe, text.folder) for text in model.texts],
    )
