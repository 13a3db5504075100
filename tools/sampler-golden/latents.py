#!/usr/bin/env python3
"""Makes tests/golden/data/samplers: what each sampler of k-diffusion and of diffusers makes in 20 steps of the tiny
Stable Diffusion 1.5 and SDXL models, and by how much the two programs differ where both have a sampler.

    pip install torch k-diffusion diffusers transformers scipy safetensors pillow
    python3 tools/sampler-golden/latents.py           # a minute on one core
    python3 tools/sampler-golden/latents.py --check   # recomputes and compares, writes nothing

Everything runs in float64, the model too, so that what a test sees is the error of the program under test alone.
"""

import argparse
import importlib
import importlib.metadata
import json
import sys
from pathlib import Path

import torch
from common import SCHEDULE, TABLE, Setting, sampling  # sets float64
from safetensors.torch import load_file, save_file

sys.path.append(str(Path(__file__).resolve().parents[1] / "tiny-model"))

import diffusers_runs as D  # noqa: E402
import k_diffusion_runs as K  # noqa: E402
from conditions import Conditions, encode_with_pipeline  # noqa: E402
from models import SD15, SDXL  # noqa: E402
from sampling import Guided  # noqa: E402
from texts import FOX, NEGATIVE  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "golden" / "data"
STEPS, SEED, CFG, DRAWS = 20, 42, 5.0, 45
AGREEMENT = 1e-6  # for --check: other processors round otherwise

LOW, HIGH = TABLE[0].item(), TABLE[-1].item()
NORMAL = SCHEDULE.get_sigmas(STEPS)
KARRAS = sampling.get_sigmas_karras(STEPS, LOW, HIGH)
EXPONENTIAL = sampling.get_sigmas_exponential(STEPS, LOW, HIGH)
ABOVE_ZERO = sampling.get_sigmas_karras(STEPS + 1, LOW, HIGH)[:-1]  # for those that know no last step to 0
NORMAL_ABOVE_ZERO = SCHEDULE.get_sigmas(STEPS + 1)[:-1]

LEVELS = {"dpm2": KARRAS, "dpm2_a": KARRAS, "dpmpp_2s_a": KARRAS, "dpmpp_sde": KARRAS, "dpmpp_2m": KARRAS,
          "dpmpp_2m_sde": EXPONENTIAL, "dpmpp_2m_sde_heun": EXPONENTIAL, "dpmpp_3m_sde": EXPONENTIAL}


class Recorded:
    """The draws of one generator, after the one that the run starts from."""

    def __init__(self, noise):
        self.noise, self.draws = noise, 0

    def __call__(self, *_, **__):
        self.draws += 1
        return self.noise[min(self.draws, DRAWS)]  # k-diffusion also draws what it multiplies by 0


class Counted:
    def __init__(self, denoiser):
        self.denoiser, self.calls = denoiser, 0

    @torch.no_grad()
    def __call__(self, x, sigma):
        self.calls += 1
        return self.denoiser(x, sigma)


def setting_for(model):
    """The model with a prompt, guided; in torch's default type, which is float64 here."""
    pipe = model.load(DATA)
    prompts = [encode_with_pipeline(model, pipe, text, negative=negative)
               for text, negative in ((FOX, False), (NEGATIVE, True))]
    dtype = torch.get_default_dtype()
    prompts = [Conditions(*(None if t is None else t.to(dtype) for t in vars(p).values())) for p in prompts]
    denoiser = Guided(pipe.unet.to(dtype), (1 / (1 + TABLE**2)).to(dtype), *prompts, CFG)
    noise = torch.randn(1 + DRAWS, 4, 8, 8, generator=torch.Generator("cpu").manual_seed(SEED), dtype=torch.float32)
    return Setting(lambda: Counted(denoiser), lambda: Recorded(noise.double()), noise[0].double()), noise


def runs(setting):
    """A record for each sampler that one of the programs has; which of the two is followed, docs/samplers.md says."""
    for name, function, variants, noise_sampler in K.SAMPLERS:
        yield K.run(name, function, LEVELS.get(name, NORMAL), {}, noise_sampler, setting)
    yield K.run_dpm("dpm_fast", ABOVE_ZERO, {}, setting)
    # With its steps all of one length. Left to itself it goes by an error that is mostly float32's rounding where the
    # steps are short, and takes others than in float64: adaptive_in_float32() says how much that makes.
    yield K.run_dpm("dpm_adaptive", ABOVE_ZERO, dict(icoeff=0.0, h_init=0.3), setting)

    plain = dict(clip_sample=False)
    for eta in (0.0, 0.5):
        yield D.by_timestep("ddim", "DDIMScheduler", STEPS, dict(eta=eta), config=dict(plain, steps_offset=1),
                            setting=setting, eta=eta)
    yield D.by_timestep("ddpm", "DDPMScheduler", STEPS, config=plain, setting=setting)
    yield D.by_timestep("pndm", "PNDMScheduler", STEPS, config=dict(skip_prk_steps=True, steps_offset=1),
                        setting=setting)
    yield D.by_timestep("lcm", "LCMScheduler", STEPS, config=plain, setting=setting)
    yield D.by_timestep("tcd", "TCDScheduler", STEPS, dict(eta=0.3), last=LOW, config=plain, setting=setting, eta=0.3)
    yield D.by_sigma("uni_pc", "UniPCMultistepScheduler", NORMAL_ABOVE_ZERO, dict(order=3), setting=setting,
                     solver_type="bh1", solver_order=3)
    yield D.by_sigma("uni_pc_bh2", "UniPCMultistepScheduler", NORMAL, dict(order=2), setting=setting,
                     solver_type="bh2", solver_order=2)
    yield D.by_sigma("deis", "DEISMultistepScheduler", NORMAL_ABOVE_ZERO, dict(order=2), setting=setting,
                     solver_order=2)
    yield D.by_sigma("sa_solver", "SASolverScheduler", NORMAL_ABOVE_ZERO, dict(order=2, corrector_order=2),
                     noise=D.sa_noise, setting=setting,
                     timesteps=SCHEDULE.sigma_to_t(NORMAL_ABOVE_ZERO[:-1], quantize=False),
                     predictor_order=2, corrector_order=2)


def in_sigma_space(name, setting, noise_steps=None, **config):
    """A scheduler of diffusers whose latents are as k-diffusion's, over its own evenly spaced timesteps; its levels
    are told by how it scales what the model is given. Returns the latents."""
    scheduler = D.make(name, timestep_spacing="linspace", **config)
    scheduler.set_timesteps(STEPS)
    for table in ("sigmas", "sigmas_interpol", "sigmas_down", "sigmas_up"):
        if isinstance(getattr(scheduler, table, None), torch.Tensor):
            setattr(scheduler, table, getattr(scheduler, table).double())
    model, noise = setting.model(), setting.noise()
    module = importlib.import_module(type(scheduler).__module__)
    module.randn_tensor = lambda *_, **__: (
        noise()[None] if noise_steps is None or scheduler.step_index in noise_steps(scheduler) else torch.zeros(1))
    x = HIGH * setting.start[None]
    for t in scheduler.timesteps:
        ratio = (x / scheduler.scale_model_input(x, t)).median()
        sigma = torch.sqrt(ratio**2 - 1)
        epsilon = (x - model(x, sigma[None])) / sigma
        x = scheduler.step(epsilon, t, x, return_dict=False)[0]
    return x[0]


def differences(setting):
    """{sampler: [diffusers' scheduler, by how much it differs from k-diffusion's sampler, of the latents' largest]}"""
    functions = {name: (function, noise_sampler) for name, function, _, noise_sampler in K.SAMPLERS}

    def ours(name, sigmas, params=None):
        function, noise_sampler = functions[name]
        return torch.tensor(K.run(name, function, sigmas, params or {}, noise_sampler, setting)["x"])

    def multistep(sigmas, **config):
        return torch.tensor(D.by_sigma("", "DPMSolverMultistepScheduler", sigmas, setting=setting,
                                       final_sigmas_type="zero", lower_order_final=True, **config)["x"])

    sde = dict(algorithm_type="sde-dpmsolver++")
    cases = [
        ("euler", "EulerDiscreteScheduler", NORMAL, lambda: in_sigma_space("EulerDiscreteScheduler", setting)),
        ("euler_a", "EulerAncestralDiscreteScheduler", NORMAL,
         lambda: in_sigma_space("EulerAncestralDiscreteScheduler", setting)),
        ("heun", "HeunDiscreteScheduler", NORMAL, lambda: in_sigma_space("HeunDiscreteScheduler", setting)),
        ("dpm2", "KDPM2DiscreteScheduler", NORMAL, lambda: in_sigma_space("KDPM2DiscreteScheduler", setting)),
        ("lms", "LMSDiscreteScheduler", NORMAL, lambda: in_sigma_space("LMSDiscreteScheduler", setting)),
        ("dpmpp_2m", "DPMSolverMultistepScheduler", KARRAS, lambda: multistep(KARRAS)),
        ("dpmpp_2m_sde", "DPMSolverMultistepScheduler, sde-dpmsolver++", EXPONENTIAL,
         lambda: multistep(EXPONENTIAL, **sde)),
        ("dpmpp_2m_sde_heun", "DPMSolverMultistepScheduler, sde-dpmsolver++, heun", EXPONENTIAL,
         lambda: multistep(EXPONENTIAL, solver_type="heun", **sde)),
        ("dpmpp_3m_sde", "DPMSolverMultistepScheduler, sde-dpmsolver++, order 3", EXPONENTIAL,
         lambda: multistep(EXPONENTIAL, solver_order=3, **sde)),
    ]
    result = {}
    for name, theirs, sigmas, run in cases:
        reference = ours(name, sigmas)
        result[name] = [theirs, ((run() - reference).abs().max() / reference.abs().max()).item()]
    return result


def adaptive_in_float32(model, setting, noise):
    """By how much DPM adaptive's own run in float32 differs from the one in float64, of the latents' largest."""
    exact = torch.tensor(K.run_dpm("dpm_adaptive", ABOVE_ZERO, {}, setting)["x"])
    torch.set_default_dtype(torch.float32)
    rounded, _ = setting_for(model)
    single = Setting(rounded.model, lambda: Recorded(noise), noise[0])
    x = torch.tensor(K.run_dpm("dpm_adaptive", ABOVE_ZERO.float(), {}, single)["x"])
    torch.set_default_dtype(torch.float64)
    return ((x.double() - exact).abs().max() / exact.abs().max()).item()


def collect():
    tensors, entries, disagreement = {}, [], {}
    for model in (SD15, SDXL):
        setting, noise = setting_for(model)
        tensors[f"{model.folder}/noise"] = noise
        for entry in runs(setting):
            place = f"{model.folder}/{entry['sampler']}/{len(entries)}"
            tensors[place] = torch.tensor(entry.pop("x"), dtype=torch.float32)
            entries.append({"model": model.folder, **entry, "latents": place})
            print(model.folder, entry["sampler"], entry["params"], entry["evaluations"], file=sys.stderr)
        disagreement[model.folder] = differences(setting)
        disagreement[model.folder]["dpm_adaptive"] = ["itself in float32", adaptive_in_float32(model, setting, noise)]
    return tensors, entries, disagreement


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is there instead of writing")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tensors, entries, disagreement = collect()
    folder = DATA / "samplers"
    if arguments.check:
        stored = load_file(folder / "latents.safetensors")
        wrong = [name for name in tensors.keys() | stored.keys() if name not in tensors or name not in stored
                 or (tensors[name] - stored[name]).norm() > AGREEMENT * stored[name].norm()]
        print(f"check: {len(wrong)} differences {wrong}")
        return 1 if wrong else 0
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "latents.safetensors")
    (folder / "latents.safetensors").chmod(0o644)
    versions = {name: importlib.metadata.version(name)
                for name in ("k-diffusion", "diffusers", "transformers", "torch")}
    index = {"command": "python3 tools/sampler-golden/latents.py", "versions": versions, "prompt": FOX,
             "negative": NEGATIVE, "cfg": CFG, "width": 64, "height": 64, "seed": SEED, "runs": entries,
             "differences": disagreement}
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
