#!/usr/bin/env python3
"""Makes tests/unit/data/inpainting.json: what Pillow, scipy and diffusers make of pictures and masks, for the unit tests of
host/images/mask.h and region.h.

    pip install torch diffusers scipy pillow
    python3 tools/inpainting-golden/make.py > tests/unit/data/inpainting.json
"""

import importlib.metadata
import json
import sys

import numpy as np
from diffusers.image_processor import VaeImageProcessor
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter1d

PROCESSOR = VaeImageProcessor(vae_scale_factor=8, resample="lanczos")


def picture(width, height):
    """Gradients, hard edges and noise, from a linear congruential generator."""
    state, out = 2024, bytearray()
    for y in range(height):
        for x in range(width):
            for c in range(3):
                state = (1103515245 * state + 12345) & 0x7FFFFFFF
                edge = 90 if (x // 6 + y // 9) % 2 else 0
                out.append((3 * x * (c + 1) + 5 * y + edge + (state >> 16) % 32) % 256)
    return Image.frombytes("RGB", (width, height), bytes(out))


def mask(width, height, *shapes):
    """White shapes on black: (kind, box)."""
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    for kind, box in shapes:
        getattr(draw, kind)(box, fill=255)
    return image


def shown(image):
    return {"width": image.width, "height": image.height, "hex": image.tobytes().hex()}


def blur(image, sigma):
    """As OpenCV's GaussianBlur with a kernel of 2 * int(2.5 * sigma + 0.5) + 1, which is what A1111 asks it for: rows, then
    columns, each rounded to bytes."""
    values = np.asarray(image)
    for axis in (1, 0):
        smooth = gaussian_filter1d(values.astype(np.float64), sigma, axis, mode="mirror", radius=int(2.5 * sigma + 0.5))
        values = np.floor(smooth + 0.5).astype(np.uint8)
    return Image.fromarray(values)


def blurs():
    cases = [
        (mask(40, 28, ("rectangle", (12, 8, 25, 19))), 1),
        (mask(40, 28, ("rectangle", (12, 8, 25, 19))), 4),
        (mask(40, 28, ("ellipse", (-6, -6, 14, 30))), 3),
        (mask(7, 5, ("rectangle", (3, 2, 3, 2))), 8),
        (mask(9, 1, ("rectangle", (0, 0, 4, 0))), 2),
    ]
    return [{"sigma": sigma, "mask": shown(image), "blurred": shown(blur(image, sigma))} for image, sigma in cases]


def fill(image, hole):
    """The hole's colours from around it: ever narrower blurs of what is left, the sharpest on top. The steps are those that
    A1111 takes for "fill" (radius, times)."""
    left = Image.new("RGBa", image.size)
    left.paste(image.convert("RGBA").convert("RGBa"), mask=ImageChops.invert(hole))
    canvas = Image.new("RGBA", image.size)
    for radius, times in ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1)):
        layer = left.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(times):
            canvas.alpha_composite(layer)
    return canvas.convert("RGB")


def fills():
    cases = [
        mask(40, 28, ("rectangle", (12, 8, 25, 19))),
        blur(mask(40, 28, ("ellipse", (-6, 4, 22, 40))), 3),
        mask(40, 28, ("rectangle", (0, 0, 39, 26))),
    ]
    image = picture(40, 28)
    return [{"mask": shown(hole), "filled": shown(fill(image, hole))} for hole in cases]


def region(image, padding, width, height):
    return list(PROCESSOR.get_crop_region(image, width, height, pad=padding))


def regions():
    small, wide = mask(50, 40, ("rectangle", (20, 15, 23, 21))), mask(50, 40, ("rectangle", (2, 35, 47, 37)))
    cases = []
    for image in (
        small,
        wide,
        mask(50, 40, ("rectangle", (0, 0, 3, 3))),
        mask(50, 40, ("rectangle", (47, 2, 49, 30))),
        mask(50, 40, ("rectangle", (1, 1, 48, 38))),
        mask(50, 40, ("rectangle", (5, 5, 6, 6)), ("rectangle", (35, 25, 40, 39))),
        mask(17, 100, ("rectangle", (4, 50, 15, 52))),
        blur(small, 2),
    ):
        for padding in (0, 3, 32):
            for width, height in ((64, 64), (128, 64), (64, 96)):
                box = region(image, padding, width, height)
                cases.append({"mask": image, "padding": padding, "width": width, "height": height, "region": box})
    masks = []
    for case in cases:
        shape = shown(case["mask"])
        if shape not in masks:
            masks.append(shape)
        case["mask"] = masks.index(shape)
    return {"masks": masks, "cases": cases}


def overlays():
    """Only the masked part of a picture, taken out, painted over with another and put back: diffusers' padding_mask_crop, with
    regions of the proportions of what is painted, and one that the picture is too narrow for."""
    image = picture(60, 44)
    cases = []
    for hole, padding, size in (
        (mask(60, 44, ("rectangle", (20, 12, 35, 27))), 4, (64, 64)),
        (blur(mask(60, 44, ("ellipse", (22, 14, 35, 27))), 2), 2, (64, 64)),
        (mask(60, 44, ("rectangle", (2, 2, 57, 40))), 8, (48, 96)),
    ):
        box = region(hole, padding, *size)
        taken = PROCESSOR.resize(image.crop(box), size[1], size[0], resize_mode="fill")
        painted = ImageChops.invert(taken)
        case = {"mask": shown(hole), "padding": padding, "width": size[0], "height": size[1], "region": box}
        same = (box[2] - box[0]) * size[1] == (box[3] - box[1]) * size[0]
        if same:  # otherwise the bands beside it are Pillow's extrapolation
            case |= {"taken": shown(taken), "result": shown(PROCESSOR.apply_overlay(hole, image, painted, box))}
        cases.append(case)
    return {"picture": shown(image), "cases": cases}


def main():
    versions = {name: importlib.metadata.version(name) for name in ("pillow", "scipy", "diffusers")}
    document = {
        "made_by": "tools/inpainting-golden/make.py",
        "versions": versions,
        "picture": shown(picture(40, 28)),
        "blurs": blurs(),
        "fills": fills(),
        "regions": regions(),
        "overlays": overlays(),
    }
    json.dump(document, sys.stdout, separators=(",", ":"))
    print()


main()
