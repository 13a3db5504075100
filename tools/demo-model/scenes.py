"""What the demo model can draw: one or two shapes of a colour on a plain ground.

A scene is described by seven attributes. A combination of (shape, colour, ground) is either for training or held out:
the model is measured on combinations that it has never seen.
"""

import random
from dataclasses import dataclass

IMAGE_SIZE = 128

PALETTE = {
    "red": (220, 40, 40),
    "green": (40, 160, 60),
    "blue": (45, 80, 220),
    "yellow": (245, 215, 50),
    "orange": (245, 130, 30),
    "purple": (140, 60, 180),
    "white": (245, 245, 245),
    "black": (20, 20, 20),
    "gray": (128, 128, 128),
    "pink": (250, 165, 190),
    "brown": (120, 72, 40),
}
SHAPES = ["circle", "square", "triangle", "star", "ring", "cross", "heart"]
COLOURS = ["red", "green", "blue", "yellow", "orange", "purple", "white", "black"]
GROUNDS = ["white", "black", "gray", "blue", "yellow", "pink", "green", "brown"]
POSITIONS = {"centre": (0, 0), "left": (-25, 0), "right": (25, 0), "top": (0, -25), "bottom": (0, 25)}
# Radii in pixels. The smallest is two latents across each way: what the autoencoder still carries.
SIZES = {"small": 16.0, "medium": 23.0, "big": 32.0}
COUNTS = [1, 2]

# A colour that hardly stands out from the ground is nobody's prompt, and no scorer could tell.
MINIMUM_CONTRAST = 110.0
HELD_OUT_SHARE = 0.15
SPLIT_SEED = 7


@dataclass(frozen=True)
class Scene:
    shape: str
    colour: str
    ground: str
    size: str
    position: str
    count: int
    outline: bool


def contrast(a, b):
    """Euclidean distance of two palette colours, in units of 1/255."""
    return sum((x - y) ** 2 for x, y in zip(PALETTE[a], PALETTE[b])) ** 0.5


def split_combinations():
    """(training, held out): sorted lists of (shape, colour, ground)."""
    pairs = [(c, g) for c in COLOURS for g in GROUNDS if contrast(c, g) >= MINIMUM_CONTRAST]
    combinations = [(s, c, g) for s in SHAPES for c, g in pairs]
    random.Random(SPLIT_SEED).shuffle(combinations)
    held_out = round(HELD_OUT_SHARE * len(combinations))
    return sorted(combinations[held_out:]), sorted(combinations[:held_out])


TRAINING, HELD_OUT = split_combinations()


def draw_scene(rng, combinations=TRAINING):
    """A random scene of one of the combinations. Two big shapes would not fit side by side; a small outline would
    close, and an outlined ring is none."""
    shape, colour, ground = rng.choice(combinations)
    count = 2 if rng.random() < 0.25 else 1
    size = rng.choice(["small", "medium", "big", "big"] if count == 1 else ["small", "medium", "medium"])
    position = rng.choice(
        ["centre", "centre", "left", "right", "top", "bottom"] if count == 1 else ["centre", "centre", "top", "bottom"]
    )
    outline = rng.random() < 0.2 and size != "small" and shape != "ring"
    return Scene(shape, colour, ground, size, position, count, outline)
