"""Where an image's noise starts in AUTOMATIC1111's web UI with a variation seed or another size's noise, from the
formulas that its modules/rng.py is known for. Noise is [channels, height, width] of torch's CPU generator.
"""

import torch


def unit_noise(seed, shape):
    return torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))


def slerp(strength, low, high):
    """Between the columns of two noises, along the arc between them: vectors run along the height.

    Where the noises are all but the same there is no arc; the UI then mixes them with the weights the other way round.
    """
    cosine = (low / low.norm(dim=1, keepdim=True) * (high / high.norm(dim=1, keepdim=True))).sum(1)
    if cosine.mean() > 0.9995:
        return strength * low + (1 - strength) * high
    angle = cosine.acos()
    share_low, share_high = ((1 - strength) * angle).sin() / angle.sin(), (strength * angle).sin() / angle.sin()
    return share_low[:, None] * low + share_high[:, None] * high


def paste_centred(onto, noise):
    """`noise` laid over the middle of `onto`, or its middle over all of it, each way by itself."""
    places = []
    for axis in (1, 2):
        margin = (onto.shape[axis] - noise.shape[axis]) // 2  # rounds down, below 0 too
        length = noise.shape[axis] + min(2 * margin, 0)
        places.append(
            (slice(max(margin, 0), max(margin, 0) + length), slice(max(-margin, 0), max(-margin, 0) + length))
        )
    (to_y, from_y), (to_x, from_x) = places
    result = onto.clone()
    result[:, to_y, to_x] = noise[:, from_y, from_x]
    return result


def initial_noise(seed, shape, subseed=0, strength=0.0, resize_from=None):
    """`resize_from`: (height, width) of the latents whose noise is to be kept."""
    size = shape if resize_from is None else (shape[0], *resize_from)
    noise = unit_noise(seed, size)
    if strength != 0:
        noise = slerp(strength, noise, unit_noise(subseed, size))
    return noise if size == shape else paste_centred(unit_noise(seed, shape), noise)
