"""The shapes of the tiny models, and loading them as any user of diffusers would."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
)
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from bpe import EOS, VOCABULARY_SIZE
from repository_layout import classic_text_name

BETAS = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "steps_offset": 1,
}


@dataclass(frozen=True)
class TextEncoder:
    folder: str
    tokenizer: str
    kind: type  # of transformers' classes
    config: dict
    pad: str = EOS  # the tokenizer's padding


@dataclass(frozen=True)
class TinyModel:
    folder: str
    golden: str  # the stem of its golden files
    seed: int
    pipeline: type  # diffusers' class for its model_index.json and for text to image
    image_pipeline: type  # and for image to image
    unet: dict
    texts: tuple[TextEncoder, ...]
    scheduler: object
    latent_scale: float
    index: dict = field(default_factory=dict)  # further fields of model_index.json

    @property
    def xl(self):
        return "addition_embed_type" in self.unet

    @property
    def inpaints(self):
        """Whether the UNet takes a mask and a masked picture's latents beside the latents."""
        return self.unet.get("in_channels", 4) == 9

    @property
    def inpaint_pipeline(self):
        return StableDiffusionXLInpaintPipeline if self.xl else StableDiffusionInpaintPipeline

    @property
    def predicts_v(self):
        return self.scheduler.config.prediction_type == "v_prediction"

    def load(self, data: Path):
        """The pipeline; fails if a text encoder's tensor was not found in its file."""
        pipe = self.pipeline.from_pretrained(data / self.folder, torch_dtype=torch.float32)
        pipe.set_progress_bar_config(disable=True)
        for text in self.texts:
            stored = load_file(data / self.folder / text.folder / "model.safetensors")
            for name, value in getattr(pipe, text.folder).state_dict().items():
                if not name.endswith("position_ids"):
                    assert torch.equal(stored[classic_text_name(name)], value), f"{name} was not loaded"
        for name in ("unet", "vae", *(text.folder for text in self.texts)):
            getattr(pipe, name).eval().requires_grad_(False)
        return pipe


def clip_config(**config):
    return {"vocab_size": VOCABULARY_SIZE, "max_position_embeddings": 77, "layer_norm_eps": 1e-5, **config}


# As real configs have it: the end is found by the largest id.
LEGACY_IDS = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}

SD15 = TinyModel(
    folder="tiny-sd15",
    golden="golden",
    seed=15,
    pipeline=StableDiffusionPipeline,
    image_pipeline=StableDiffusionImg2ImgPipeline,
    unet={
        "block_out_channels": (16, 32, 32),
        "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 32,
        "attention_head_dim": 4,  # the number of heads, by its historic misnomer
        "norm_num_groups": 8,
    },
    texts=(
        TextEncoder(
            folder="text_encoder",
            tokenizer="tokenizer",
            kind=CLIPTextModel,
            config=clip_config(
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=4,
                num_attention_heads=4,
                hidden_act="quick_gelu",
                projection_dim=32,
                **LEGACY_IDS,
            ),
        ),
    ),
    scheduler=PNDMScheduler(**BETAS, set_alpha_to_one=False, skip_prk_steps=True),
    latent_scale=0.18215,
    index={"feature_extractor": [None, None], "requires_safety_checker": False, "safety_checker": [None, None]},
)

SDXL_TEXT = TextEncoder(
    folder="text_encoder",
    tokenizer="tokenizer",
    kind=CLIPTextModel,
    config=clip_config(
        hidden_size=16,
        intermediate_size=48,
        num_hidden_layers=4,
        num_attention_heads=2,
        hidden_act="quick_gelu",
        projection_dim=16,
        **LEGACY_IDS,
    ),
)
# The projection is narrower than the encoder, so that whoever takes one for the other is found out.
SDXL_TEXT_2 = TextEncoder(
    folder="text_encoder_2",
    tokenizer="tokenizer_2",
    kind=CLIPTextModelWithProjection,
    config=clip_config(
        hidden_size=24,
        intermediate_size=64,
        num_hidden_layers=5,
        num_attention_heads=4,
        hidden_act="gelu",
        projection_dim=20,
        **LEGACY_IDS,
    ),
    pad="!",
)
SDXL_SCHEDULER = EulerDiscreteScheduler(**BETAS, timestep_spacing="leading")
SDXL_LATENT_SCALE = 0.13025
NUMBER_WIDTH = 8  # of each of the numbers that the UNet embeds

SDXL = TinyModel(
    folder="tiny-sdxl",
    golden="golden-sdxl",
    seed=100,
    pipeline=StableDiffusionXLPipeline,
    image_pipeline=StableDiffusionXLImg2ImgPipeline,
    unet={
        "block_out_channels": (16, 16, 24),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 1, 2),
        "cross_attention_dim": 16 + 24,
        "attention_head_dim": (2, 2, 4),
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": NUMBER_WIDTH,
        "projection_class_embeddings_input_dim": 20 + 6 * NUMBER_WIDTH,
        "norm_num_groups": 8,
    },
    texts=(SDXL_TEXT, SDXL_TEXT_2),
    scheduler=SDXL_SCHEDULER,
    latent_scale=SDXL_LATENT_SCALE,
    index={"force_zeros_for_empty_prompt": True},
)

SDXL_REFINER = TinyModel(
    folder="tiny-sdxl-refiner",
    golden="golden-sdxl-refiner",
    seed=200,
    pipeline=StableDiffusionXLImg2ImgPipeline,
    image_pipeline=StableDiffusionXLImg2ImgPipeline,
    unet={
        "block_out_channels": (16, 16, 24),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": 2,
        "cross_attention_dim": 24,
        "attention_head_dim": (2, 2, 4),
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": NUMBER_WIDTH,
        "projection_class_embeddings_input_dim": 20 + 5 * NUMBER_WIDTH,
        "norm_num_groups": 8,
    },
    # A config of today: the end is found by its id.
    texts=(
        TextEncoder(
            folder="text_encoder_2",
            tokenizer="tokenizer_2",
            kind=CLIPTextModelWithProjection,
            config={
                **SDXL_TEXT_2.config,
                "bos_token_id": VOCABULARY_SIZE - 2,
                "eos_token_id": VOCABULARY_SIZE - 1,
                "pad_token_id": 0,
            },
            pad="!",
        ),
    ),
    scheduler=SDXL_SCHEDULER,
    latent_scale=SDXL_LATENT_SCALE,
    index={"force_zeros_for_empty_prompt": False, "requires_aesthetics_score": True},
)

# Like SD 2.1-v, whose text encoder lacks the last layer already; and with the noise levels that later models gave it.
SD2 = TinyModel(
    folder="tiny-sd2",
    golden="golden-sd2",
    seed=300,
    pipeline=StableDiffusionPipeline,
    image_pipeline=StableDiffusionImg2ImgPipeline,
    unet={
        "block_out_channels": (16, 16, 24),
        "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 24,
        "attention_head_dim": (2, 2, 4),
        "use_linear_projection": True,
        "upcast_attention": True,
        "norm_num_groups": 8,
    },
    texts=(
        TextEncoder(
            folder="text_encoder",
            tokenizer="tokenizer",
            kind=CLIPTextModel,
            config=clip_config(
                hidden_size=24,
                intermediate_size=64,
                num_hidden_layers=3,
                num_attention_heads=4,
                hidden_act="gelu",
                projection_dim=16,
                **LEGACY_IDS,
            ),
            pad="!",
        ),
    ),
    scheduler=EulerDiscreteScheduler(
        **BETAS, timestep_spacing="trailing", prediction_type="v_prediction", rescale_betas_zero_snr=True
    ),
    latent_scale=0.18215,
    index={"feature_extractor": [None, None], "requires_safety_checker": False, "safety_checker": [None, None]},
)

SD15_INPAINT = TinyModel(
    folder="tiny-sd15-inpaint",
    golden="golden-sd15-inpaint",
    seed=404,
    pipeline=StableDiffusionInpaintPipeline,
    image_pipeline=StableDiffusionInpaintPipeline,
    unet={
        "in_channels": 9,
        "block_out_channels": (16, 16, 24),
        "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 16,
        "attention_head_dim": 2,
        "norm_num_groups": 8,
    },
    texts=(SDXL_TEXT,),
    scheduler=DDIMScheduler(**BETAS, set_alpha_to_one=False, clip_sample=False),
    latent_scale=0.18215,
    index=SD15.index,
)

SDXL_INPAINT = TinyModel(
    folder="tiny-sdxl-inpaint",
    golden="golden-sdxl-inpaint",
    seed=500,
    pipeline=StableDiffusionXLInpaintPipeline,
    image_pipeline=StableDiffusionXLInpaintPipeline,
    unet={**SDXL.unet, "in_channels": 9, "transformer_layers_per_block": 1},
    texts=SDXL.texts,
    scheduler=SDXL_SCHEDULER,
    latent_scale=SDXL_LATENT_SCALE,
    index={**SDXL.index, "requires_aesthetics_score": False},
)

MODELS = (SD15, SDXL, SDXL_REFINER, SD2, SD15_INPAINT, SDXL_INPAINT)
