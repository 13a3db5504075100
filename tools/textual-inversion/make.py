#!/usr/bin/env python3
"""Makes tests/golden/data/embeddings: embeddings in every layout, and what diffusers makes of prompts that use them.

    pip install -r tools/tiny-model/requirements.txt
    python3 tools/textual-inversion/make.py

The files are loaded by diffusers' load_textual_inversion, prompts with several vectors are written out by its
maybe_convert_prompt, and the encoders and tokenizers are transformers'. Weights and chunks follow the formulas of
tools/prompt-language/golden.py.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tools" / folder) for folder in ("prompt-language", "tiny-model", "shared")]

from conditions import components  # noqa: E402
from golden import BREAK, encode  # noqa: E402
from models import SD15, SDXL  # noqa: E402

DATA = ROOT / "tests" / "golden" / "data"
FOLDER = DATA / "embeddings"
SCALE = 0.05  # about as large as the tokens' own embeddings are

# By model: {file: what prompts call it}. A name in angle brackets is the file's own.
WORDS = {
    "tiny-sd15": {
        "easyneg.pt": "easyneg",  # AUTOMATIC1111's
        "classic.pt": "classic",  # the same, of the time when the dictionary was a torch.nn.ParameterDict
        "cat-toy.bin": "<cat-toy>",  # diffusers', one vector
        "style.safetensors": "<style>",  # diffusers', several
        "plain.safetensors": "plainword",  # AUTOMATIC1111's, as safetensors
    },
    "tiny-sdxl": {"both.safetensors": "bothword"},
}
PROMPTS = {
    "tiny-sd15": {
        "a1111": [["a fox, easyneg", 1.0]],
        "classic": [["classic, snow", 1.0]],
        "one_vector": [["a photo of <cat-toy>", 1.0]],
        "glued": [["(<style>)fox<cat-toy>,", 1.0]],
        "plain": [["a plainword in the snow", 1.0]],
        "twice": [["easyneg and easyneg", 1.0]],
        "weights": [["a fox in ", 1.0], ["easyneg", 1.3], [" <style>", 0.6]],
        "break": [["a fox", 1.0], BREAK, ["easyneg", 1.2]],
        "long": [["a red fox in the snow, " * 12 + "easyneg, <cat-toy>", 1.0]],
    },
    "tiny-sdxl": {
        "both": [["a fox, bothword", 1.0]],
        "weights": [["a fox ", 1.0], ["bothword", 1.4]],
        "break": [["bothword", 0.8], BREAK, ["snow", 1.0]],
    },
}
WEIGHTINGS = ("a1111", "comfy")


def vectors(generator, count, width):
    return torch.randn(count, width, generator=generator) * SCALE


def write_files(generator):
    FOLDER.mkdir(exist_ok=True)
    # As modules/textual_inversion/textual_inversion.py, Embedding.save(), writes them.
    rest = {"name": "easyneg", "step": 100, "sd_checkpoint": None, "sd_checkpoint_name": None}
    learned = {"*": vectors(generator, 3, 32)}
    torch.save({"string_to_token": {"*": 265}, "string_to_param": learned, **rest}, FOLDER / "easyneg.pt")
    learned = torch.nn.ParameterDict({"*": torch.nn.Parameter(vectors(generator, 2, 32))})
    torch.save({"string_to_token": {"*": torch.tensor(265)}, "string_to_param": learned}, FOLDER / "classic.pt")
    # As examples/textual_inversion/textual_inversion.py, save_progress(), of diffusers writes them.
    torch.save({"<cat-toy>": vectors(generator, 1, 32)[0]}, FOLDER / "cat-toy.bin")
    save_file({"<style>": vectors(generator, 2, 32)}, FOLDER / "style.safetensors")
    save_file({"emb_params": vectors(generator, 2, 32).half()}, FOLDER / "plain.safetensors")
    both = {"clip_l": vectors(generator, 2, 16), "clip_g": vectors(generator, 2, 24)}
    save_file(both, FOLDER / "both.safetensors")
    for file in FOLDER.glob("*.safetensors"):
        file.chmod(0o644)  # the library writes them for their owner alone


def write_bundles():
    """LoRAs with embeddings inside, as OneTrainer and kohya's programs bundle them: the files' own, under other words."""
    easyneg = torch.load(FOLDER / "easyneg.pt", weights_only=False)["string_to_param"]["*"].detach()
    bundles = {
        "bundle": ("kohya", {"zork.string_to_param.*": easyneg,
                             "plainly.emb_params": load_file(FOLDER / "plain.safetensors")["emb_params"]}),
        "bundle-sdxl": ("kohya-sdxl", {f"zork.{key}": value for key, value in load_file(FOLDER / "both.safetensors").items()}),
    }
    for name, (lora, words) in bundles.items():
        tensors = load_file(DATA / "loras" / f"{lora}.safetensors")
        tensors |= {f"bundle_emb.{key}": value.contiguous() for key, value in words.items()}
        save_file(tensors, FOLDER / f"{name}.safetensors")
        (FOLDER / f"{name}.safetensors").chmod(0o644)


def load_words(model, pipe, tokenizers, encoders):
    for file, word in WORDS[model.folder].items():
        if model.xl:
            parts = load_file(FOLDER / file)
            for key, tokenizer, encoder in zip(("clip_l", "clip_g"), tokenizers, encoders):
                pipe.load_textual_inversion(parts[key], token=word, text_encoder=encoder, tokenizer=tokenizer)
            continue
        if file == "classic.pt":  # diffusers unpickles tensors only
            learned = torch.load(FOLDER / file, weights_only=False)["string_to_param"]["*"].detach()
            pipe.load_textual_inversion(learned, token=word)
            continue
        pipe.load_textual_inversion(str(FOLDER), weight_name=file, token=word)
    for tokenizer, encoder in zip(tokenizers, encoders):
        # The configs' 2 makes transformers take the largest id for the end, which an added token's is.
        getattr(encoder, "text_model", encoder).eos_token_id = tokenizer.eos_token_id


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20)
    write_files(generator)
    write_bundles()
    for model in (SD15, SDXL):
        pipe = model.load(DATA)
        tokenizers, encoders = components(model, pipe)
        load_words(model, pipe, tokenizers, encoders)
        tensors, cases = {}, []
        for name, pieces in PROMPTS[model.folder].items():
            for weighting in WEIGHTINGS:
                key = f"{name}/{weighting}"
                written = [
                    BREAK if piece is BREAK else [pipe.maybe_convert_prompt(piece[0], tokenizers[0]), piece[1]]
                    for piece in pieces
                ]
                context, pooled = encode(model, tokenizers, encoders, written, weighting, 0)
                tensors[f"{key}/context"] = context.contiguous()
                if pooled is not None:
                    tensors[f"{key}/pooled"] = pooled.contiguous()
                cases.append({"name": name, "weighting": weighting, "tensors": key, "segments": pieces})
        file = FOLDER / f"{model.folder}.golden.safetensors"
        save_file(tensors, file, metadata={"made_by": "python3 tools/textual-inversion/make.py"})
        file.chmod(0o644)
        index = {
            "model": model.folder,
            "tensors": f"embeddings/{file.name}",
            "words": WORDS[model.folder],
            "cases": cases,
        }
        (FOLDER / f"{model.folder}.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
