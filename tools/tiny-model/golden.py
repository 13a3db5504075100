"""What the reference libraries compute with the tiny model: the tensors and the index that the tests compare with."""

import copy
from pathlib import Path

import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image

import adapters
from picture import to_pixels, to_tensor
from sampling import Guided, decode, finish, lcm_scheduler, make_schedule, sample
from texts import TEXT_PROMPTS, TOKEN_CASES
from weights import encode, load_model

STEP_COUNTS = (1, 2, 4, 8, 10, 20, 50, 150)
NOISE_SEEDS = (0, 42, 2**31 + 5, 2**63 - 1)
AGREEMENT = 1e-4  # largest relative difference allowed between two references

FOX, CITY, NEGATIVE = TEXT_PROMPTS["fox"], TEXT_PROMPTS["city"], TEXT_PROMPTS["blurry"]


class Golden:
    """Collects tensors by name and the index's entries."""

    def __init__(self, data: Path):
        self.data = data
        self.pipe = load_model(data / "tiny-sd15")
        self.tensors = {}
        self.index = {}
        self.alphas_cumprod = self.pipe.scheduler.alphas_cumprod

    def put(self, name, tensor):
        assert name not in self.tensors, f"{name} is put twice"
        assert not tensor.is_floating_point() or tensor.isfinite().all(), f"{name} is not finite"
        self.tensors[name] = tensor.detach().clone().contiguous()
        return name

    def contexts(self, *prompts, pipe=None):
        pipe = pipe or self.pipe
        return [encode(pipe.tokenizer, pipe.text_encoder, [p]).detach() for p in prompts]


def collect(data: Path):
    golden = Golden(data)
    for part in (tokens, text, unet, vae, schedules, noise, runs, batch, image_to_image, loras):
        part(golden)
    return golden


def tokens(g):
    tokenizer, entries, padded = g.pipe.tokenizer, [], []
    for name, text in TOKEN_CASES.items():
        row = tokenizer(text, padding="max_length", truncation=True, max_length=77).input_ids
        entries.append({"name": name, "text": text, "ids": tokenizer(text, truncation=False).input_ids, "padded": row})
        padded.append(torch.tensor(row))
    g.put("tokens/padded", torch.stack(padded))
    g.index["tokens"] = {
        "start": tokenizer.bos_token_id,
        "end": tokenizer.eos_token_id,
        "pad": tokenizer.pad_token_id,
        "cases": entries,
    }


@torch.no_grad()
def text(g):
    g.index["text"] = []
    for name, prompt in TEXT_PROMPTS.items():
        tokenizer, encoder = g.pipe.tokenizer, g.pipe.text_encoder
        ids = tokenizer(prompt, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids
        out = encoder(ids, output_hidden_states=True)
        norm = dict(encoder.named_modules())
        norm = norm.get("final_layer_norm") or norm["text_model.final_layer_norm"]
        entry = {"name": name, "prompt": prompt}
        entry["last_hidden_state"] = g.put(f"text/{name}/last_hidden_state", out.last_hidden_state)
        entry["clip_skip_2"] = g.put(f"text/{name}/clip_skip_2", norm(out.hidden_states[-2]))
        entry["pooled"] = g.put(f"text/{name}/pooled", out.pooler_output)
        g.index["text"].append(entry)


@torch.no_grad()
def unet(g):
    generator = torch.Generator().manual_seed(101)
    fox, city, long = g.contexts(FOX, CITY, TEXT_PROMPTS["long"])
    pair, wide = torch.cat([fox, city]), torch.cat([torch.cat([fox, long], 1), torch.cat([city, fox], 1)])
    g.index["unet"] = []
    cases = [("t999", 999.0, 8, 8, pair), ("t500", 500.0, 8, 8, pair), ("t1", 1.0, 8, 8, pair)]
    cases += [("t333_25", 333.25, 8, 8, pair), ("t0", 0.0, 8, 8, pair), ("odd_9x7", 500.0, 9, 7, pair)]
    cases += [("wide_8x12", 250.5, 8, 12, pair), ("odd_13x5", 700.0, 13, 5, pair), ("context_154", 500.0, 8, 8, wide)]
    for name, t, h, w, context in cases:
        x = torch.randn(2, 4, h, w, generator=generator)
        eps = g.pipe.unet(x, torch.tensor(t), encoder_hidden_states=context).sample
        g.index["unet"].append(
            {
                "name": name,
                "t": t,
                "height": h,
                "width": w,
                "x": g.put(f"unet/{name}/x", x),
                "context": g.put(f"unet/{name}/context", context),
                "eps": g.put(f"unet/{name}/eps", eps),
            }
        )


@torch.no_grad()
def vae(g):
    generator = torch.Generator().manual_seed(102)
    decoded = []
    for name, h, w in (("8x8", 8, 8), ("8x12", 8, 12), ("5x7", 5, 7)):
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


def schedules(g):
    table = ((1 - g.alphas_cumprod) / g.alphas_cumprod) ** 0.5
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
    probe = torch.tensor([table[0], 0.03, 0.05, 0.5, 1.0, 1.618, 3.0, 7.5, 14.0, table[-1], 20.0, 0.001])
    denoiser = Guided(g.pipe.unet, g.alphas_cumprod, None, None, 1)
    g.index["schedules"] = {
        "alphas_cumprod": g.put("schedule/alphas_cumprod", g.alphas_cumprod),
        "table": g.put("schedule/table", table),
        "sigma_to_t": {
            "sigmas": g.put("schedule/sigma_to_t/sigmas", probe),
            "timesteps": g.put("schedule/sigma_to_t/timesteps", denoiser.sigma_to_t(probe)),
        },
        "cases": entries,
    }


def noise(g):
    g.index["noise"] = []
    for seed in NOISE_SEEDS:
        for h, w in ((8, 8), (9, 7)):
            generator = torch.Generator("cpu").manual_seed(seed)
            draws = torch.cat([torch.randn(1, 4, h, w, generator=generator) for _ in range(3)])
            name = g.put(f"noise/{seed}/{h}x{w}", draws)
            g.index["noise"].append({"seed": str(seed), "height": h, "width": w, "draws": name})


# name: sampler, schedule, seed, prompt, negative, cfg, (width, height), clip skip
RUNS = {
    "euler_normal": ("euler", "normal", 42, FOX, "", 7.5, (64, 64)),
    "euler_normal_negative": ("euler", "normal", 7, FOX, NEGATIVE, 7.5, (64, 64)),
    "euler_normal_96x64": ("euler", "normal", 3, CITY, NEGATIVE, 7.5, (96, 64)),
    "euler_normal_72x56": ("euler", "normal", 2**31 + 5, CITY, "", 5.0, (72, 56)),
    "euler_normal_cfg_1": ("euler", "normal", 42, FOX, NEGATIVE, 1.0, (64, 64)),
    "euler_sgm_uniform": ("euler", "sgm_uniform", 42, FOX, "", 7.5, (64, 64)),
    "euler_karras": ("euler", "karras", 42, FOX, "", 7.5, (64, 64)),
    "euler_a_normal": ("euler_a", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64)),
    "heun_normal": ("heun", "normal", 42, FOX, "", 7.5, (64, 64)),
    "dpmpp_2m_karras": ("dpmpp_2m", "karras", 42, CITY, NEGATIVE, 7.5, (64, 64)),
    "lcm_lcm_cfg_1_5": ("lcm", "lcm", 42, FOX, "", 1.5, (64, 64)),
    "lcm_lcm_cfg_1": ("lcm", "lcm", 42, FOX, "", 1.0, (64, 64)),
}
STEPS = 8


def run_case(g, name, case, pipe=None, contexts=None, extra=None):
    """One 8-step image; its tensors go under run/<name>/."""
    pipe = pipe or g.pipe
    sampler, schedule, seed, prompt, negative, cfg, size = case
    positive_context, negative_context = contexts or g.contexts(prompt, negative, pipe=pipe)
    model = Guided(pipe.unet, g.alphas_cumprod, positive_context, negative_context, cfg)
    run = finish(pipe.vae, sample(model, sampler, make_schedule(schedule, STEPS, g.alphas_cumprod), seed, size))
    record(g, name, case, run, extra)
    return run


def record(g, name, case, run, extra=None):
    sampler, schedule, seed, prompt, negative, cfg, size = case
    image = run.image.float()
    inside = ((run.image > 0) & (run.image < 255)).float().mean().item()
    assert inside > 0.9 and image.std() > 10, f"{name}: the picture is flat or saturated"
    g.index.setdefault("runs", []).append(
        {
            "name": name,
            "sampler": sampler,
            "schedule": schedule,
            "steps": STEPS,
            "seed": str(seed),
            "prompt": prompt,
            "negative": negative,
            "cfg": cfg,
            "width": size[0],
            "height": size[1],
            **(extra or {}),
            "tensors": {k: g.put(f"run/{name}/{k}", v) for k, v in run.tensors().items()},
        }
    )


def agree(what, ours, theirs, limit=AGREEMENT):
    difference = ((ours - theirs).norm() / theirs.norm()).item()
    print(f"{what}: relative difference {difference:.2e}")
    assert difference < limit, f"{what}: the references disagree by {difference:.2e}"


def euler_pipeline(g, kind):
    """diffusers' own pipeline with its Euler scheduler, which is then given k-diffusion's sigmas."""
    scheduler = EulerDiscreteScheduler.from_config(g.pipe.scheduler.config, timestep_spacing="linspace")
    pipe = kind(**{**g.pipe.components, "scheduler": scheduler}, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def runs(g):
    done = {name: run_case(g, name, case) for name, case in RUNS.items()}
    pipe = euler_pipeline(g, StableDiffusionPipeline)
    for name in ("euler_normal", "euler_normal_negative", "euler_normal_96x64", "euler_normal_72x56", "euler_karras"):
        _, schedule, seed, prompt, negative, cfg, (width, height) = RUNS[name]
        theirs = pipe(
            prompt,
            height,
            width,
            sigmas=make_schedule(schedule, STEPS, g.alphas_cumprod).tolist(),
            guidance_scale=cfg,
            negative_prompt=negative,
            output_type="latent",
            generator=torch.Generator("cpu").manual_seed(seed),
        ).images
        agree(f"{name}: k-diffusion and diffusers", done[name].latents, theirs)

    prompts = {entry["name"]: entry for entry in g.index["text"]}
    skipped = [g.tensors[prompts[name]["clip_skip_2"]] for name in ("fox", "blurry")]
    run_case(
        g,
        "clip_skip_2",
        ("euler", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64)),
        contexts=skipped,
        extra={"clip_skip": 2},
    )
    assert (done["euler_normal"].image.float() - done["euler_normal_negative"].image.float()).abs().mean() > 5


def batch(g):
    for i in range(3):
        run_case(g, f"batch_{i}", ("euler_a", "normal", 1000 + i, CITY, NEGATIVE, 7.5, (64, 64)))


@torch.no_grad()
def image_to_image(g):
    strength, seed, case = 0.6, 42, ("euler", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64))
    first = STEPS - int(STEPS * strength)
    sigmas = make_schedule("normal", STEPS, g.alphas_cumprod)
    picture = Image.open(g.data / "init.png").convert("RGB")
    posterior = g.pipe.vae.encode(to_tensor(picture)).latent_dist
    generator = torch.Generator("cpu").manual_seed(seed)
    posterior_noise = torch.randn(posterior.mean.shape, generator=generator)
    start = (posterior.mean + (0.5 * posterior.logvar).exp() * posterior_noise) * g.pipe.vae.config.scaling_factor
    model = Guided(g.pipe.unet, g.alphas_cumprod, *g.contexts(FOX, NEGATIVE), 7.5)
    run = finish(g.pipe.vae, sample(model, "euler", sigmas[first:], generator, (64, 64), start=start))
    theirs = euler_pipeline(g, StableDiffusionImg2ImgPipeline)(
        FOX,
        picture,
        strength=strength,
        sigmas=sigmas.tolist(),
        guidance_scale=7.5,
        negative_prompt=NEGATIVE,
        output_type="latent",
        generator=torch.Generator("cpu").manual_seed(seed),
    ).images
    agree("img2img: k-diffusion and diffusers", run.latents, theirs)
    extra = {
        "strength": strength,
        "init": "init.png",
        "first_step": first,
        "posterior_noise": g.put("run/img2img/posterior_noise", posterior_noise),
        "init_latents": g.put("run/img2img/init_latents", start),
    }
    record(g, "img2img", case, run, extra)


LORA_RUNS = {
    "lora_kohya_1": [("kohya", 1.0)],
    "lora_kohya_0_5": [("kohya", 0.5)],
    "lora_peft_1": [("peft", 1.0)],
    "lora_kohya_0_7_peft_0_4": [("kohya", 0.7), ("peft", 0.4)],
}
MERGED_WEIGHTS = (
    "unet.down_blocks.0.attentions.0.proj_in",
    "unet.down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj",
    "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
    "unet.up_blocks.2.attentions.1.transformer_blocks.0.attn1.to_out.0",
    "text_encoder.text_model.encoder.layers.1.self_attn.q_proj",
    "text_encoder.text_model.encoder.layers.2.mlp.fc1",
)


def loras(g):
    case = RUNS["euler_normal"]
    plain = g.tensors["run/euler_normal/image"].float()
    for name, uses in LORA_RUNS.items():
        pipe = copy.deepcopy(g.pipe)
        adapters.merge(pipe, [(g.data / "loras" / f"{file}.safetensors", strength) for file, strength in uses])
        places = dict(adapters.every_module(pipe))
        weights = {w: g.put(f"lora/{name}/{w}.weight", places[w].weight) for w in MERGED_WEIGHTS}
        extra = {"loras": [{"file": f"loras/{f}.safetensors", "strength": s} for f, s in uses], "weights": weights}
        run = run_case(g, name, case, pipe=pipe, extra=extra)
        agree(f"{name}: merged and PEFT", run.latents, run_with_peft(g, uses, case).latents)
        changed = (run.image.float() - plain).abs().mean().item()
        print(f"{name}: the picture changes by {changed:.1f} of 255 on average")
        assert changed > 3


@torch.no_grad()
def run_with_peft(g, uses, case):
    """The same run with the files loaded and applied by diffusers and PEFT."""
    pipe = load_model(g.data / "tiny-sd15")
    for file, _ in uses:
        pipe.load_lora_weights(g.data / "loras", weight_name=f"{file}.safetensors", adapter_name=file)
    pipe.set_adapters([file for file, _ in uses], [strength for _, strength in uses])
    sampler, schedule, seed, prompt, negative, cfg, size = case
    model = Guided(pipe.unet, g.alphas_cumprod, *g.contexts(prompt, negative, pipe=pipe), cfg)
    return sample(model, sampler, make_schedule(schedule, STEPS, g.alphas_cumprod), seed, size)
