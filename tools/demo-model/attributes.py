"""What a caption says, told from the text encoder's states by linear heads that are thrown away afterwards.

Real Stable Diffusion starts from a text encoder that CLIP has trained. Without anything in its place the denoising loss
alone leaves "left" and "right", or "circle" and "square", nearly the same for thousands of steps.
"""

import torch
import torch.nn.functional as F

from networks import TEXT_WIDTH
from scenes import COLOURS, COUNTS, GROUNDS, POSITIONS, SHAPES, SIZES

VALUES = {
    "shape": SHAPES,
    "colour": COLOURS,
    "ground": GROUNDS,
    "position": list(POSITIONS),
    "size": list(SIZES),
    "outline": [False, True],
    "count": COUNTS,
}


def make_heads(width=TEXT_WIDTH):
    return torch.nn.Linear(width, sum(len(values) for values in VALUES.values()))


def labels(scenes):
    """[N, 7] int64."""
    return torch.tensor([[values.index(getattr(s, key)) for key, values in VALUES.items()] for s in scenes])


def attribute_loss(heads, states, ids, wanted, end):
    """Cross-entropy summed over attributes, at each text's end or, for half of them, at some padding after it: the
    UNet attends to both. `states` [N, 77, width]; rows of empty texts count for nothing."""
    n, length = ids.shape
    ends = (ids == end).int().argmax(1)
    later = (ends + (torch.rand(n) * (length - ends)).long()).clamp(max=length - 1)
    at = torch.where(torch.rand(n) < 0.5, ends, later)
    said = ends > 1
    return told(heads(states.float()[torch.arange(n), at][said]), wanted[said])


def pooled_loss(heads, pooled, wanted):
    """The same of `pooled` [N, width], which stands for a whole text."""
    return told(heads(pooled.float()), wanted)


def told(logits, wanted):
    parts = logits.split([len(values) for values in VALUES.values()], 1)
    return sum(F.cross_entropy(part, wanted[:, i]) for i, part in enumerate(parts))
