"""The styles that LoRAs teach: the same scenes, drawn otherwise."""

import numpy as np

from rendering import WHOLE, coverage, distance, paint, place
from scenes import PALETTE

STRIPE = 7.0  # pixels of each stripe
STROKE = 6.0  # of a neon tube, in pixels
GLOW = 5.0  # pixels over which its light falls to 1/e
NIGHT = (20, 20, 20)


def stripes(scene, rng):
    """Level stripes of the colour and of half of it: half the way to black, or for black to white."""
    centres, radius = place(scene, rng)
    colour = np.float32(PALETTE[scene.colour])
    other = colour * 0.5 if scene.colour != "black" else np.float32((140, 140, 140))
    middle = centres[0][1]
    rows = (np.arange(WHOLE[3]) + 0.5 - middle) / STRIPE
    wave = np.clip(0.5 + STRIPE / 2 * (np.abs((rows + 0.5) % 2 - 1) - 0.5) * 2, 0, 1)[:, None, None]
    fill = colour * wave + other * (1 - wave)
    covered = coverage(scene, centres, radius, WHOLE)[..., None].astype(np.float32)
    return np.float32(PALETTE[scene.ground]) * (1 - covered) + fill * covered


def neon(scene, rng):
    """A glowing outline of the colour at night, whatever the ground was to be."""
    centres, radius = place(scene, rng)
    x = np.arange(WHOLE[2])[None, :] + 0.5
    y = np.arange(WHOLE[3])[:, None] + 0.5
    colour = PALETTE["white"] if scene.colour == "black" else PALETTE[scene.colour]
    light = np.zeros((WHOLE[3], WHOLE[2]))
    for cx, cy in centres:
        d = np.abs(distance(scene.shape, x - cx, y - cy, radius) + STROKE / 2) - STROKE / 2
        light = np.maximum(light, np.where(d < 0.5, np.clip(0.5 - d, 0.5, 1), 0.5 * np.exp(-(d - 0.5) / GLOW)))
    return paint(light, colour, NIGHT)


STYLES = {"stripes": stripes, "neon": neon}
