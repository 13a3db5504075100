"""The reference runs: whole pictures by the reference libraries, and where two of those must agree."""

import copy

import torch
import torch.nn.functional as F
from diffusers import EulerDiscreteScheduler
from PIL import Image

import adapters
from conditions import Conditions
from models import SD15
from picture import to_tensor
from sampling import Guided, GuidedV, finish, make_schedule, sample
from texts import CITY, FOX, NEGATIVE

AGREEMENT = 1e-4  # largest relative difference allowed between two references

# name: sampler, schedule, seed, prompt, negative, cfg, (width, height)
SD15_RUNS = {
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

# For a family whose sampling is SD 1.5's: what its prompts are to its UNet.
FAMILY_RUNS = {
    "euler_normal": ("euler", "normal", 42, FOX, "", 7.5, (64, 64)),
    "euler_normal_negative": ("euler", "normal", 7, FOX, NEGATIVE, 7.5, (64, 64)),
    "euler_normal_96x64": ("euler", "normal", 3, CITY, NEGATIVE, 7.5, (96, 64)),
    "euler_normal_cfg_1": ("euler", "normal", 42, FOX, NEGATIVE, 1.0, (64, 64)),
    "euler_a_normal": ("euler_a", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64)),
    "dpmpp_2m_karras": ("dpmpp_2m", "karras", 42, CITY, NEGATIVE, 7.5, (64, 64)),
}
STEPS = 8


def only(*names):
    return {name: FAMILY_RUNS[name] for name in names}


RUNS = {
    "tiny-sd15": SD15_RUNS,
    "tiny-sdxl": FAMILY_RUNS,
    "tiny-sd2": only("euler_normal", "euler_normal_negative", "euler_a_normal", "dpmpp_2m_karras"),
    "tiny-sdxl-refiner": only("euler_normal", "euler_normal_negative"),
    "tiny-sd15-inpaint": only("euler_normal", "euler_normal_negative", "euler_normal_96x64", "euler_a_normal"),
    "tiny-sdxl-inpaint": only("euler_normal", "euler_normal_negative", "euler_a_normal"),
}


def conditions(g, case, pipe=None, **options):
    """What the UNet is given for the case's prompt and for its negative prompt."""
    _, _, _, prompt, negative, _, size = case
    return (
        g.condition(prompt, pipe, size=size, **options),
        g.condition(negative, pipe, size=size, negative=True, **options),
    )


def guided(g, pipe, prompts, cfg):
    return (GuidedV if g.model.predicts_v else Guided)(pipe.unet, g.alphas_cumprod, *prompts, cfg)


def run_case(g, name, case, pipe=None, prompts=None, extra=None):
    """One 8-step image; its tensors go under run/<name>/."""
    pipe = pipe or g.pipe
    sampler, schedule, seed, _, _, cfg, size = case
    model = guided(g, pipe, prompts or conditions(g, case, pipe), cfg)
    if g.model.inpaints:  # all is to be painted, and there is no picture
        model.show = lambda generator: show(pipe.vae, torch.zeros(1, 3, size[1], size[0]), generator)
    run = finish(pipe.vae, sample(model, sampler, make_schedule(schedule, STEPS, g.alphas_cumprod), seed, size))
    record(g, name, case, run, extra)
    return run


def encode(vae, pixels, generator):
    """A draw from the posterior, in the model's scale, and its noise."""
    posterior = vae.encode(pixels).latent_dist
    noise = torch.randn(posterior.mean.shape, generator=generator)
    return (posterior.mean + (0.5 * posterior.logvar).exp() * noise) * vae.config.scaling_factor, noise


@torch.no_grad()
def show(vae, pixels, generator, hole=None):
    """What an inpainting model is shown: the mask [1, 1, H, W], all ones if there is none, and the picture without it."""
    hole = torch.ones_like(pixels[:, :1]) if hole is None else hole
    latents, _ = encode(vae, pixels * (hole < 0.5), generator)
    return torch.cat([F.interpolate(hole, size=latents.shape[2:]), latents], 1)


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
    options = {name: value for name, value in g.model.index.items() if isinstance(value, bool)}
    pipe = kind(**{**g.pipe.components, "scheduler": scheduler}, **options)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def pipeline_arguments(g, case, sigmas):
    _, _, seed, prompt, negative, cfg, _ = case
    return {
        "prompt": prompt,
        "sigmas": sigmas.tolist(),
        "guidance_scale": cfg,
        "negative_prompt": negative or None,
        "output_type": "latent",
        "generator": torch.Generator("cpu").manual_seed(seed),
    }


def runs(g):
    done = {name: run_case(g, name, case) for name, case in RUNS[g.model.folder].items()}
    if g.model.pipeline is not g.model.image_pipeline or g.model.inpaints:
        agree_with_pipeline(g, done)
    skip_layers(g)
    assert (done["euler_normal"].image.float() - done["euler_normal_negative"].image.float()).abs().mean() > 5


def agree_with_pipeline(g, done):
    pipe = euler_pipeline(g, g.model.pipeline)
    for name, run in done.items():
        case = RUNS[g.model.folder][name]
        sampler, schedule, _, _, _, cfg, (width, height) = case
        if sampler != "euler" or schedule == "sgm_uniform" or cfg == 1:
            continue
        arguments = pipeline_arguments(g, case, make_schedule(schedule, STEPS, g.alphas_cumprod))
        if g.model.inpaints:
            white, grey = Image.new("L", (width, height), 255), Image.new("RGB", (width, height), (90, 30, 200))
            arguments |= {"image": grey, "mask_image": white, "strength": 1.0}
        theirs = pipe(**arguments, height=height, width=width).images
        agree(f"{name}: k-diffusion and diffusers", run.latents, theirs)


def skip_layers(g):
    """Our clip_skip counts layers from the last, which is 1; SDXL's own default is 2, which diffusers calls none."""
    case = ("euler", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64))
    if g.model.xl:
        run_case(g, "clip_skip_3", case, prompts=conditions(g, case, clip_skip=1), extra={"clip_skip": 3})
        return
    if g.model is not SD15:
        return
    encodings = {entry["name"]: entry["encodings"] for entry in g.index["text"]}
    skipped = [Conditions(g.tensors[encodings[name][2]["context"]]) for name in ("fox", "blurry")]
    run_case(g, "clip_skip_2", case, prompts=skipped, extra={"clip_skip": 2})


def batch(g):
    for i in range(3):
        run_case(g, f"batch_{i}", ("euler_a", "normal", 1000 + i, CITY, NEGATIVE, 7.5, (64, 64)))


@torch.no_grad()
def image_to_image(g):
    strength, seed, case = 0.6, 42, ("euler", "normal", 42, FOX, NEGATIVE, 7.5, (64, 64))
    first = STEPS - int(STEPS * strength)
    sigmas = make_schedule("normal", STEPS, g.alphas_cumprod)
    picture = Image.open(g.data / "init.png").convert("RGB")
    generator = torch.Generator("cpu").manual_seed(seed)
    start, posterior_noise = encode(g.pipe.vae, to_tensor(picture), generator)
    model = guided(g, g.pipe, conditions(g, case), 7.5)
    run = finish(g.pipe.vae, sample(model, "euler", sigmas[first:], generator, (64, 64), start=start))
    pipe = euler_pipeline(g, g.model.image_pipeline)
    theirs = pipe(**pipeline_arguments(g, case, sigmas), image=picture, strength=strength).images
    agree("img2img: k-diffusion and diffusers", run.latents, theirs)
    extra = {
        "strength": strength,
        "init": "init.png",
        "first_step": first,
        "posterior_noise": g.put("run/img2img/posterior_noise", posterior_noise),
        "init_latents": g.put("run/img2img/init_latents", start),
    }
    record(g, "img2img", case, run, extra)


def loras(g):
    """Each of the model's files alone and at half strength, or two at a time."""
    case = RUNS[g.model.folder]["euler_normal"]
    plain = g.tensors["run/euler_normal/image"].float()
    for name, uses in adapters.LORA_RUNS.get(g.model.folder, {}).items():
        pipe = copy.deepcopy(g.pipe)
        adapters.merge(g.model, pipe, [(g.data / "loras" / f"{file}.safetensors", s) for file, s in uses])
        places = dict(adapters.every_module(g.model, pipe))
        merged = adapters.MERGED_WEIGHTS[g.model.folder]
        weights = {w: g.put(f"lora/{name}/{w}.weight", places[w].weight) for w in merged}
        extra = {"loras": [{"file": f"loras/{f}.safetensors", "strength": s} for f, s in uses], "weights": weights}
        run = run_case(g, name, case, pipe=pipe, extra=extra)
        agree(f"{name}: merged and PEFT", run.latents, run_with_peft(g, uses, case).latents)
        changed = (run.image.float() - plain).abs().mean().item()
        print(f"{name}: the picture changes by {changed:.1f} of 255 on average")
        assert changed > 3


@torch.no_grad()
def run_with_peft(g, uses, case):
    """The same run with the files loaded and applied by diffusers and PEFT."""
    pipe = g.model.load(g.data)
    for file, _ in uses:
        pipe.load_lora_weights(g.data / "loras", weight_name=f"{file}.safetensors", adapter_name=file)
    pipe.set_adapters([file for file, _ in uses], [strength for _, strength in uses])
    sampler, schedule, seed, _, _, cfg, size = case
    model = guided(g, pipe, conditions(g, case, pipe), cfg)
    return sample(model, sampler, make_schedule(schedule, STEPS, g.alphas_cumprod), seed, size)
