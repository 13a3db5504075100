"""What the reference libraries compute with a tiny model: the tensors and the index that the tests compare with."""

import json
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file

import inpainting
import runs
from conditions import Conditions, components, encode_with_pipeline, join
from models import SD2, SD15, TinyModel
from picture import to_pixels, to_tensor
from sampling import Guided, decode, lcm_scheduler, make_schedule
from texts import CITY, FOX, TEXT_PROMPTS, TOKEN_CASES, PADDING_TOKEN_CASES

STEP_COUNTS = (1, 2, 4, 8, 10, 20, 50, 150)
NOISE_SEEDS = (0, 42, 2**31 + 5, 2**63 - 1)


class Golden:
    """Collects tensors by name and the index's entries."""

    def __init__(self, data: Path, model: TinyModel):
        self.data = data
        self.model = model
        self.pipe = model.load(data)
        self.tensors = {}
        self.index = {}
        self.alphas_cumprod = self.pipe.scheduler.alphas_cumprod

    def put(self, name, tensor):
        assert name not in self.tensors, f"{name} is put twice"
        assert not tensor.is_floating_point() or tensor.isfinite().all(), f"{name} is not finite"
        self.tensors[name] = tensor.detach().clone().contiguous()
        return name

    def put_prompt(self, name, conditions):
        """The tensors that a UNet is given for a prompt, under `name`/; {what: tensor's name}."""
        return {k: self.put(f"{name}/{k}", v) for k, v in vars(conditions).items() if v is not None}

    def write_pictures(self, folder, command):
        """Writes the runs to `folder` of the data, made by `command`. What leads to a picture is not compared."""
        for run in self.index["runs"]:
            for what in ("x", "denoised"):
                del self.tensors[run["tensors"].pop(what)]
        tensors = f"{folder}/{self.model.folder}.safetensors"
        save_file(self.tensors, self.data / tensors, metadata={"made_by": command})
        (self.data / tensors).chmod(0o644)
        index = {"command": command, "model": self.model.folder, "tensors": tensors, **self.index}
        file = self.data / f"{folder}/{self.model.folder}.json"
        file.write_text(json.dumps(index, indent=1, ensure_ascii=True) + "\n")

    def condition(self, prompt, pipe=None, **options):
        """A prompt as the model's UNet is given it; the options of encode_with_pipeline."""
        return encode_with_pipeline(self.model, pipe or self.pipe, prompt, **options)


def collect(data: Path, model: TinyModel):
    golden = Golden(data, model)
    parts = [tokens, text, unet, vae, runs.runs, runs.image_to_image, runs.loras]
    if model.inpaints:
        parts.remove(runs.image_to_image)  # which is inpainting with a white mask
    if model is SD15:
        parts = [tokens, text, unet, vae, noise_levels, schedules, noise, runs.runs, runs.batch]
        parts += [runs.image_to_image, runs.loras]
    if model is SD2:
        parts.append(noise_levels)
    parts.append(inpainting.runs)
    for part in parts:
        part(golden)
    return golden


def tokens(g):
    tokenizers, _ = components(g.model, g.pipe)
    for key, tokenizer in zip(("tokens", "tokens_2"), tokenizers):
        g.index[key] = token_cases(g, key, tokenizer)


def token_cases(g, key, tokenizer):
    entries, padded = [], []
    for name, text in (TOKEN_CASES if g.model is SD15 else PADDING_TOKEN_CASES).items():
        row = tokenizer(text, padding="max_length", truncation=True, max_length=77).input_ids
        entries.append({"name": name, "text": text, "ids": tokenizer(text, truncation=False).input_ids, "padded": row})
        padded.append(torch.tensor(row))
    g.put(f"{key}/padded", torch.stack(padded))
    return {
        "start": tokenizer.bos_token_id,
        "end": tokenizer.eos_token_id,
        "pad": tokenizer.pad_token_id,
        "cases": entries,
    }


@torch.no_grad()
def text(g):
    record = record_xl_text if g.model.xl else record_text
    names = TEXT_PROMPTS if g.model is SD15 else ("fox", "empty", "long")
    g.index["text"] = [record(g, name, TEXT_PROMPTS[name]) for name in names]


def record_text(g, name, prompt):
    tokenizer, encoder = g.pipe.tokenizer, g.pipe.text_encoder
    ids = tokenizer(prompt, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids
    out = encoder(ids, output_hidden_states=True)
    norm = dict(encoder.named_modules())
    norm = norm.get("final_layer_norm") or norm["text_model.final_layer_norm"]
    last = g.put(f"text/{name}/last_hidden_state", out.last_hidden_state)
    skipped = g.put(f"text/{name}/clip_skip_2", norm(out.hidden_states[-2]))
    g.put(f"text/{name}/pooled", out.pooler_output)
    contexts = [(0, last), (1, last), (2, skipped)]
    return {"name": name, "prompt": prompt, "encodings": [{"clip_skip": n, "context": c} for n, c in contexts]}


def record_xl_text(g, name, prompt):
    """diffusers' clip_skip k leaves out k layers more than the one that SDXL always does: k + 2 in our counting."""
    encodings = []
    usual = g.put_prompt(f"text/{name}", g.condition(prompt))
    for ours, theirs in ((0, None), (2, None), (3, 1), (4, 2)):
        names = usual if theirs is None else g.put_prompt(f"text/{name}/{ours}", g.condition(prompt, clip_skip=theirs))
        encodings.append({"clip_skip": ours, "context": names["context"], "pooled": names["pooled"]})
    if prompt == "":
        names = g.put_prompt(f"text/{name}/negative", g.condition(prompt, negative=True))
        encodings.append({"clip_skip": 0, "negative": True, "context": names["context"], "pooled": names["pooled"]})
    return {"name": name, "prompt": prompt, "encodings": encodings}


@torch.no_grad()
def unet(g):
    generator = torch.Generator().manual_seed(101)
    fox, city, long = (g.condition(prompt) for prompt in (FOX, CITY, TEXT_PROMPTS["long"]))
    pair = join(fox, city)
    wide = torch.cat([torch.cat([fox.context, long.context], 1), torch.cat([city.context, fox.context], 1)])
    wide = Conditions(wide, pair.pooled, pair.time_ids)
    g.index["unet"] = []
    cases = [("t999", 999.0, 8, 8, pair), ("t500", 500.0, 8, 8, pair), ("t1", 1.0, 8, 8, pair)]
    cases += [("t333_25", 333.25, 8, 8, pair), ("t0", 0.0, 8, 8, pair), ("odd_9x7", 500.0, 9, 7, pair)]
    cases += [("wide_8x12", 250.5, 8, 12, pair), ("odd_13x5", 700.0, 13, 5, pair), ("context_154", 500.0, 8, 8, wide)]
    if g.model is not SD15:
        cases = [case for case in cases if case[0] in ("t999", "t333_25", "odd_9x7", "context_154")]
    for name, t, h, w, prompt in cases:
        if g.model.xl:  # numbers beyond those of square pictures
            numbers = torch.tensor([[64, 96, 0, 8, 1024, 777], [1024, 512, 16, 0, 8.5, 1]])
            prompt.time_ids = numbers[:, : fox.time_ids.shape[1]]
        x = torch.randn(2, g.pipe.unet.config.in_channels, h, w, generator=generator)
        eps = g.pipe.unet(x, torch.tensor(t), **prompt.arguments()).sample
        entry = {"name": name, "t": t, "height": h, "width": w, "x": g.put(f"unet/{name}/x", x)}
        entry |= g.put_prompt(f"unet/{name}", prompt)
        g.index["unet"].append(entry | {"eps": g.put(f"unet/{name}/eps", eps)})


@torch.no_grad()
def vae(g):
    generator = torch.Generator().manual_seed(102)
    decoded = []
    for name, h, w in (("8x8", 8, 8), ("8x12", 8, 12), ("5x7", 5, 7)) if g.model is SD15 else (("5x7", 5, 7),):
        latents = torch.randn(1, 4, h, w, generator=generator)
        image = decode(g.pipe.vae, latents)
        decoded.append(
            {
                "name": name,
                "latents": g.put(f"vae/decode/{name}/latents", latents),
                "sample": g.put(f"vae/decode/{name}/sample", image),
                "image": g.put(f"vae/decode/{name}/image", to_pixels(image)),
            }
        )
    picture = to_tensor(Image.open(g.data / "init.png").convert("RGB"))
    posterior = g.pipe.vae.encode(picture).latent_dist
    encoded = {
        "file": "init.png",
        "pixels": g.put("vae/encode/pixels", picture),
        "mean": g.put("vae/encode/mean", posterior.mean),
        "logvar": g.put("vae/encode/logvar", posterior.logvar),
    }
    g.index["vae"] = {"scaling_factor": g.pipe.vae.config.scaling_factor, "decode": decoded, "encode": encoded}


def noise_levels(g):
    table = ((1 - g.alphas_cumprod) / g.alphas_cumprod) ** 0.5
    probe = torch.tensor([table[0], 0.03, 0.05, 0.5, 1.0, 1.618, 3.0, 7.5, 14.0, table[-1], 20.0, 0.001])
    denoiser = Guided(g.pipe.unet, g.alphas_cumprod, None, None, 1)
    g.index["schedules"] = {
        "alphas_cumprod": g.put("schedule/alphas_cumprod", g.alphas_cumprod),
        "table": g.put("schedule/table", table),
        "sigma_to_t": {
            "sigmas": g.put("schedule/sigma_to_t/sigmas", probe),
            "timesteps": g.put("schedule/sigma_to_t/timesteps", denoiser.sigma_to_t(probe)),
        },
    }


def schedules(g):
    entries = []
    for name in ("normal", "karras", "sgm_uniform", "lcm"):
        for steps in STEP_COUNTS:
            if name == "lcm" and steps > 50:
                continue
            sigmas = make_schedule(name, steps, g.alphas_cumprod)
            entry = {"name": name, "steps": steps, "sigmas": g.put(f"schedule/{name}/{steps}", sigmas)}
            if name == "lcm":
                entry["timesteps"] = lcm_scheduler(steps).timesteps.tolist()
            entries.append(entry)
    g.index["schedules"]["cases"] = entries


def noise(g):
    g.index["noise"] = []
    for seed in NOISE_SEEDS:
        for h, w in ((8, 8), (9, 7)):
            generator = torch.Generator("cpu").manual_seed(seed)
            draws = torch.cat([torch.randn(1, 4, h, w, generator=generator) for _ in range(3)])
            name = g.put(f"noise/{seed}/{h}x{w}", draws)
            g.index["noise"].append({"seed": str(seed), "height": h, "width": w, "draws": name})
