"""The test picture for image-to-image: gradients, a disc, a bar and a few hard edges; and a mask to lay over it."""

import numpy as np
import torch
from PIL import Image


def draw_picture(size=64):
    y, x = np.mgrid[0:size, 0:size].astype(np.int64)
    red = 255 * x // (size - 1)
    green = 255 * y // (size - 1)
    blue = 255 - (red + green) // 2
    rgb = np.stack([red, green, blue], -1)
    disc = (x - 22) ** 2 + (y - 24) ** 2 < 14**2
    rgb[disc] = (230, 60, 40)
    rgb[40:50, 30:60] = (20, 30, 160)
    checks = ((x // 4 + y // 4) % 2 == 0) & (x >= 44) & (y < 20)
    rgb[checks] = (250, 250, 250)
    return Image.fromarray(rgb.astype(np.uint8), "RGB")


def draw_mask(size=64):
    """White to paint, black to keep: no edge lies where a latent's pixels begin."""
    y, x = np.mgrid[0:size, 0:size].astype(np.int64)
    white = (x >= 19) & (x < 53) & (y >= 10) & (y < 44)
    white |= (x - 14) ** 2 + (y - 50) ** 2 < 11**2
    return Image.fromarray((white * 255).astype(np.uint8), "L")


def to_tensor(image):
    """uint8 [H, W, 3] to float [1, 3, H, W] in [-1, 1]."""
    pixels = torch.from_numpy(np.asarray(image).copy()).float() / 255
    return (2 * pixels - 1).permute(2, 0, 1)[None]


def to_pixels(decoded):
    """The VAE's output [1, 3, H, W] to uint8 [H, W, 3], halves to even as torch rounds."""
    return ((decoded / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)[0].permute(1, 2, 0).contiguous()
