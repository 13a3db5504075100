"""The tiny models' vocabulary."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))
import clip_tokenizer  # noqa: E402
from clip_tokenizer import EOS  # noqa: E402, F401

# What the merges are learnt from. Repetition is weight; the content only has to look like prompts.
CORPUS = """
a photo of an astronaut riding a horse on mars, highly detailed, sharp focus, studio lighting
a painting of a red fox in the snow, oil on canvas, by a famous artist, trending on artstation
a photograph of a small wooden house beside a lake at sunset, mountains in the background, reflections on the water
portrait of an old man with a long white beard, dramatic lighting, black and white photography, film grain
a cute cat sitting on a windowsill, soft morning light, bokeh, depth of field, 85mm lens
a futuristic city at night, neon lights, rain, reflections, cyberpunk, cinematic, wide angle
a bowl of fresh fruit on a wooden table, still life, realistic, natural light
watercolor painting of a forest path in autumn, falling leaves, warm colors, gentle mist
a castle on a hill under a stormy sky, lightning, epic fantasy art, concept art, matte painting
a blue car parked in front of a yellow wall, minimalism, strong shadows, high contrast
close up of a flower with drops of water, macro photography, green background, beautiful colors
an illustration of a dragon flying over the ocean, waves, clouds, golden hour, detailed scales
masterpiece, best quality, ultra detailed, intricate details, beautiful composition, vivid colors
worst quality, low quality, blurry, jpeg artifacts, watermark, signature, text, cropped, deformed, bad anatomy
it's a dog's life, they're happy, we've seen it, i'm here, he'll come, she'd go, don't stop
the quick brown fox jumps over the lazy dog and then the dog jumps over the fox again and again
red green blue yellow white black orange purple pink brown grey silver gold
one man, one woman, two children, a group of people walking in the street, a crowd in a market square
a robot holding a red balloon in the desert, surreal, dreamlike, pastel colors, soft shadows
a steaming cup of coffee on a table in a cafe, cozy interior, window with rain, warm light
"""

# With the 512 byte symbols and the two specials: 994 entries.
MERGE_COUNT = 480
VOCABULARY_SIZE = 512 + MERGE_COUNT + 2


def write_tokenizer(folder: Path, pad):
    """The tokenizer's files."""
    clip_tokenizer.write_tokenizer(folder, CORPUS, MERGE_COUNT, pad)
