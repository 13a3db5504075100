"""Sampling runs by the reference libraries: k-diffusion's samplers, and diffusers' LCM scheduler.

Every run is written in the variance-exploding form: x = clean + sigma * noise.
"""

from dataclasses import dataclass, field

import k_diffusion as K
import torch
from diffusers import LCMScheduler

from conditions import join
from picture import to_pixels


class Guidance:
    """D(x, sigma) with classifier-free guidance on the denoised, over one batch [uncond, cond].

    Timesteps are fractional: sigma to t by interpolation in log sigma (quantize=False). cfg 1 evaluates cond alone.

    `show`, for an inpainting model, makes the channels beside the latents [1, 5, h, w] from the generator; they go in as they
    are. `kept`, for any other, is (mask, original): outside the mask D is the original's latents.
    """

    def __init__(self, unet, alphas_cumprod, positive, negative, cfg):
        def network(x, t, prompt):
            if self.channels is not None:
                x = torch.cat([x, self.channels.expand(len(x), -1, -1, -1)], 1)
            return unet(x, t, **prompt.arguments()).sample

        super().__init__(network, alphas_cumprod, False)
        self.positive, self.negative, self.cfg = positive, negative, cfg
        self.show = self.channels = self.kept = None

    def forward(self, x, sigma):
        denoised = self.guide(x, sigma)
        if self.kept is None:
            return denoised
        mask, original = self.kept
        return mask * denoised + (1 - mask) * original

    def guide(self, x, sigma):
        if self.cfg == 1:
            return super().forward(x, sigma, prompt=self.positive)
        prompts = join(self.negative, self.positive)
        both = super().forward(torch.cat([x, x]), torch.cat([sigma, sigma]), prompt=prompts)
        uncond, cond = both.chunk(2)
        return uncond + (cond - uncond) * self.cfg


class Guided(Guidance, K.external.DiscreteEpsDDPMDenoiser):
    pass


class GuidedV(Guidance, K.external.DiscreteVDDPMDenoiser):
    def get_v(self, *arguments, **options):
        return self.inner_model(*arguments, **options)


@dataclass
class Run:
    sigmas: torch.Tensor  # [steps + 1]
    noise: torch.Tensor  # the first draw, before it is scaled
    step_noise: list = field(default_factory=list)
    x: list = field(default_factory=list)  # the latents before each step
    denoised: list = field(default_factory=list)  # D at the start of each step, guidance applied
    latents: torch.Tensor = None
    image: torch.Tensor = None  # uint8 [H, W, 3]
    channels: torch.Tensor = None  # of an inpainting model

    def tensors(self):
        out = {"sigmas": self.sigmas, "noise": self.noise, "latents": self.latents, "image": self.image}
        out["x"], out["denoised"] = torch.cat(self.x), torch.cat(self.denoised)
        if self.channels is not None:
            out["channels"] = self.channels
        if self.step_noise:
            out["step_noise"] = torch.cat(self.step_noise)
        return out


K_SAMPLERS = {
    "euler": K.sampling.sample_euler,
    "euler_a": K.sampling.sample_euler_ancestral,
    "heun": K.sampling.sample_heun,
    "dpmpp_2m": K.sampling.sample_dpmpp_2m,
}


def make_schedule(name, steps, alphas_cumprod):
    """Falling sigmas, the closing 0 included."""
    table = K.external.DiscreteSchedule(((1 - alphas_cumprod) / alphas_cumprod) ** 0.5, False)
    if name == "normal":
        return table.get_sigmas(steps)
    if name == "karras":
        return K.sampling.get_sigmas_karras(steps, table.sigma_min, table.sigma_max, rho=7.0)
    if name == "sgm_uniform":
        return K.sampling.append_zero(table.t_to_sigma(torch.linspace(999, 0, steps + 1)[:-1]))
    if name == "lcm":
        return K.sampling.append_zero(table.sigmas[lcm_scheduler(steps).timesteps])
    raise ValueError(name)


def lcm_scheduler(steps):
    scheduler = LCMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False
    )
    scheduler.set_timesteps(steps)
    return scheduler


@torch.no_grad()
def sample(model, sampler, sigmas, seed, size, start=None):
    """One image's run. `size` is (width, height) in pixels. `start` [1, 4, h, w], or a function that
    makes it of the noise: begin from this plus noise.

    The noise comes from one CPU generator: the first draw, one for the channels of an inpainting model, then a draw for each
    step that adds noise.
    """
    generator = torch.Generator("cpu").manual_seed(seed) if isinstance(seed, int) else seed
    shape = (1, 4, size[1] // 8, size[0] // 8)
    run = Run(sigmas=sigmas, noise=torch.randn(shape, generator=generator))
    x = run.noise * sigmas[0]
    if start is not None:
        x = (start(run.noise) if callable(start) else start) + x
    if model.show is not None:
        run.channels = model.channels = model.show(generator)
    if sampler == "lcm":
        run.latents = sample_lcm(model, x, run, generator)
        return run

    def record(state):
        run.x.append(state["x"])
        run.denoised.append(state["denoised"])

    def step_noise(_sigma, _sigma_next):
        run.step_noise.append(torch.randn(shape, generator=generator))
        return run.step_noise[-1]

    extra = {"noise_sampler": step_noise} if sampler == "euler_a" else {}
    run.latents = K_SAMPLERS[sampler](model, x, sigmas, callback=record, disable=True, **extra)
    return run


def sample_lcm(model, x, run, generator):
    """diffusers' LCMScheduler, in its own variance-preserving form; x, in and out, is variance-exploding.

    The scheduler's boundary scalings (c_out 1 - 1e-7 or nearer to 1, c_skip below 2e-7) are in the result.
    """
    scheduler = lcm_scheduler(len(run.sigmas) - 1)
    draws = torch.Generator("cpu")
    for i, t in enumerate(scheduler.timesteps):
        ac = scheduler.alphas_cumprod[t]
        vp = x * ac.sqrt()
        run.x.append(x)
        eps = guided_epsilon(model, vp, t)
        draws.set_state(generator.get_state())
        vp, denoised = scheduler.step(eps, t, vp, generator=generator, return_dict=False)
        run.denoised.append(denoised)
        if i + 1 == len(scheduler.timesteps):
            return vp  # nothing was drawn, and sigma is 0: both forms are the same
        run.step_noise.append(torch.randn(vp.shape, generator=draws))
        x = vp / scheduler.alphas_cumprod[scheduler.timesteps[i + 1]].sqrt()
    raise ValueError("no steps")


def guided_epsilon(model, x, t):
    if model.cfg == 1:
        return model.inner_model(x, t, prompt=model.positive)
    both = model.inner_model(torch.cat([x, x]), t, prompt=join(model.negative, model.positive))
    uncond, cond = both.chunk(2)
    return uncond + (cond - uncond) * model.cfg


@torch.no_grad()
def decode(vae, latents):
    """Latents in the model's scale to [1, 3, H, W], about [-1, 1]."""
    return vae.decode(latents / vae.config.scaling_factor).sample


def finish(vae, run):
    run.image = to_pixels(decode(vae, run.latents))
    return run
