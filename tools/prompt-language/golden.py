#!/usr/bin/env python3
"""Makes tests/golden/data/prompts: weighed prompts of any length through the tiny models' encoders.

    pip install -r tools/tiny-model/requirements.txt
    python3 tools/prompt-language/golden.py

The encoders and tokenizers are transformers'. Chunks follow modules/sd_hijack_clip.py of AUTOMATIC1111's web UI 1.10
(tokenize_line, process_tokens), the weighting "a1111" its modules/sd_emphasis.py (EmphasisOriginal), and the weighting
"comfy" ComfyUI's comfy/sd1_clip.py (ClipTokenWeightEncoder), here in words of our own.
"""

import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tools" / "tiny-model"), str(ROOT / "tools" / "shared")]

from conditions import components  # noqa: E402
from models import SD2, SD15, SDXL  # noqa: E402

DATA = ROOT / "tests" / "golden" / "data"
ROOM, COMMA_REACH = 75, 20
BREAK = None

WORDS = "a red fox in the snow , highly detailed , sharp focus , golden hour".split()
LONG = " ".join(WORDS * 12)  # commas within reach of the end of a chunk
FAR = "a fox, " + " ".join(["snow"] * 90)  # the only comma is too far back

CASES = {
    "weights": [["a ", 1.0], ["red", 1.3], [" fox in the ", 1.0], ["snow", 0.7]],
    "strong": [["a ", 1.0], ["red fox", 2.0], [", ", 1.0], ["blurry", -1.0], [" snow", 0.0]],
    "all": [["a red fox", 1.21]],
    "pieces": [["fox", 1.1], ["es", 1.0], ["snow", 1.1]],
    "break": [["a red fox", 1.0], BREAK, ["snow", 1.4]],
    "break_first": [BREAK, ["a red fox", 1.0], BREAK],
    "break_twice": [["a", 1.0], BREAK, ["", 1.0], BREAK, ["b", 1.2]],
    "long": [[LONG, 1.0]],
    "long_weights": [[LONG[:200], 1.0], [LONG[200:420], 1.3], [LONG[420:], 1.0]],
    "comma_too_far": [[FAR, 1.0]],
    "exactly_two": [[" ".join(["a"] * 150), 1.0]],
    "comma_at_the_end": [[" ".join(["a"] * 74) + ", fox, snow", 1.0]],
    "comma_after_the_end": [[" ".join(["a"] * 75) + ", fox, snow", 1.0]],
    "exclamation": [["wow" + "!" * 80, 1.2], [" fox", 1.0]],
}


def chunks(tokenizer, pieces):
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    done, ids, weights, last = [], [], [], None

    def close():
        nonlocal ids, weights, last
        done.append((ids, weights))
        ids, weights, last = [], [], None

    for piece in pieces:
        if piece is BREAK:
            close()
            continue
        text, weight = piece
        for token in tokenizer(text, add_special_tokens=False, truncation=False).input_ids:
            if token == comma:
                last = len(ids)
            elif len(ids) == ROOM and last is not None and len(ids) - last <= COMMA_REACH:
                moved = ids[last + 1 :], weights[last + 1 :]
                ids, weights = ids[: last + 1], weights[: last + 1]
                close()
                ids, weights = moved
            if len(ids) == ROOM:
                close()
            ids.append(token)
            weights.append(weight)
    if ids or not done:
        close()
    return done


def row(tokenizer, chunk):
    ids, weights = chunk
    rest = ROOM - len(ids)
    return (
        [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id] + [tokenizer.pad_token_id] * rest,
        [1.0, *weights, 1.0] + [1.0] * rest,
    )


def states(model, encoder, ids, clip_skip):
    """The encoder's output that the UNet reads, and the pooled prompt if there is one."""
    out = encoder(torch.tensor([ids]), output_hidden_states=True)
    if model.xl:
        return out.hidden_states[-(clip_skip or 2)], getattr(out, "text_embeds", None)
    if clip_skip < 2:
        return out.last_hidden_state, None
    norm = dict(encoder.named_modules())
    norm = norm.get("final_layer_norm") or norm["text_model.final_layer_norm"]
    return norm(out.hidden_states[-clip_skip]), None


def encode(model, tokenizers, encoders, pieces, weighting, clip_skip):
    divided = [chunks(tokenizer, pieces) for tokenizer in tokenizers]
    most = max(map(len, divided))
    contexts, pooled = [], None
    for tokenizer, encoder, parts in zip(tokenizers, encoders, divided):
        outputs = []
        pooled = None
        for part in parts + [([], [])] * (most - len(parts)):
            ids, weights = row(tokenizer, part)
            z, text_embeds = states(model, encoder, ids, clip_skip)
            pooled = text_embeds if pooled is None else pooled
            factors = torch.tensor(weights).reshape(1, -1, 1)
            if weighting == "a1111":
                before = z.mean()
                z = z * factors
                z = z * (before / z.mean())
            elif any(weight != 1 for weight in weights):
                empty, _ = states(model, encoder, row(tokenizer, ([], []))[0], clip_skip)
                z = torch.where(factors == 1, z, (z - empty) * factors + empty)
            outputs.append(z)
        contexts.append(torch.cat(outputs, 1))
    return torch.cat(contexts, -1), pooled


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    (DATA / "prompts").mkdir(exist_ok=True)
    for model in (SD15, SD2, SDXL):
        tensors, cases = {}, []
        tokenizers, encoders = components(model, model.load(DATA))
        for name, pieces in CASES.items():
            if model is SD2 and name not in ("weights", "break", "exclamation"):
                continue
            variants = [("a1111", 0)]
            variants += [("comfy", 0)] if name in ("weights", "strong", "break", "long_weights") else []
            variants += [("a1111", 2 if model is SD15 else 3)] if name == "weights" and model is not SD2 else []
            for weighting, clip_skip in variants:
                key = f"{name}/{weighting}/{clip_skip}"
                context, pooled = encode(model, tokenizers, encoders, pieces, weighting, clip_skip)
                assert math.isfinite(context.sum())
                tensors[f"{key}/context"] = context.contiguous()
                if pooled is not None:
                    tensors[f"{key}/pooled"] = pooled.contiguous()
                cases.append(
                    {"name": name, "weighting": weighting, "clip_skip": clip_skip, "tensors": key, "segments": pieces}
                )
        file = DATA / "prompts" / f"{model.folder}.safetensors"
        save_file(tensors, file, metadata={"made_by": "python3 tools/prompt-language/golden.py"})
        file.chmod(0o644)  # the library writes them for their owner alone
        lines = ",\n  ".join(json.dumps(case) for case in cases)
        index = f'{{\n "model": "{model.folder}",\n "tensors": "prompts/{file.name}",\n "cases": [\n  {lines}\n ]\n}}\n'
        file.with_suffix(".json").write_text(index)


if __name__ == "__main__":
    main()
