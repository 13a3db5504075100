"""Scenes as pixels: signed distances, and coverage of one pixel's width at the edges."""

import math

import numpy as np

from scenes import IMAGE_SIZE, PALETTE, POSITIONS, SIZES

STROKE = {"small": 4.0, "medium": 5.0, "big": 6.0}  # of an outline, in pixels
PAIR_DISTANCE = 30.0  # of each of two shapes from their middle
RING_HOLE = 0.5  # inner radius over outer


def polygon_distance(points, x, y):
    """Distances of the points (x, y) to a closed polygon, negative inside. Quílez, "2D distance functions"."""
    x, y = np.broadcast_arrays(x, y)
    squared = np.full(x.shape, np.inf)
    inside = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0)):
        ex, ey, wx, wy = x1 - x0, y1 - y0, x - x0, y - y0
        t = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
        squared = np.minimum(squared, (wx - ex * t) ** 2 + (wy - ey * t) ** 2)
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (wx < ex * wy / ey)
    return np.sqrt(squared) * np.where(inside, -1, 1)


def star_points():
    k = np.arange(10)
    radius = np.where(k % 2 == 0, 1.1, 0.48)
    angle = -math.pi / 2 + k * math.pi / 5
    return np.stack([radius * np.cos(angle), radius * np.sin(angle) + 0.08], 1)


def cross_points():
    b = 0.36
    return np.array(
        [(-b, -1), (b, -1), (b, -b), (1, -b), (1, b), (b, b), (b, 1), (-b, 1), (-b, b), (-1, b), (-1, -b), (-b, -b)]
    )


def heart_points():
    t = np.arange(40) / 40 * 2 * math.pi
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x / 16.5, (y - 2.5) / 15.0], 1)


# Of radius 1 around (0, 0), y downwards.
POLYGONS = {
    "square": np.array([(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)]),
    "triangle": np.array([(0, -0.95), (1.05, 0.88), (-1.05, 0.88)]),
    "star": star_points(),
    "cross": cross_points(),
    "heart": heart_points(),
}


def distance(shape, x, y, radius):
    """In pixels, negative inside."""
    if shape == "circle":
        return np.hypot(x, y) - radius
    if shape == "ring":
        return np.abs(np.hypot(x, y) - radius * (1 + RING_HOLE) / 2) - radius * (1 - RING_HOLE) / 2
    return polygon_distance(POLYGONS[shape], x / radius, y / radius) * radius


def place(scene, rng):
    """Centres [(x, y)] and a radius in pixels, with a little play."""
    dx, dy = POSITIONS[scene.position]
    x = IMAGE_SIZE / 2 + dx + rng.uniform(-1.5, 1.5)
    y = IMAGE_SIZE / 2 + dy + rng.uniform(-1.5, 1.5)
    radius = SIZES[scene.size] * rng.uniform(0.95, 1.05)
    if scene.count == 1:
        return [(x, y)], radius
    apart = PAIR_DISTANCE + rng.uniform(-1, 1)
    return [(x - apart, y), (x + apart, y)], radius


def coverage(scene, centres, radius, window):
    """How much of each pixel the shapes cover, [height, width] in 0..1; window is (left, top, width, height)."""
    left, top, width, height = window
    x = left + np.arange(width)[None, :] + 0.5
    y = top + np.arange(height)[:, None] + 0.5
    covered = np.zeros((height, width))
    for cx, cy in centres:
        d = distance(scene.shape, x - cx, y - cy, radius)
        if scene.outline:
            stroke = STROKE[scene.size]
            d = np.abs(d + stroke / 2) - stroke / 2
        covered = np.maximum(covered, np.clip(0.5 - d, 0, 1))
    return covered


WHOLE = (0, 0, IMAGE_SIZE, IMAGE_SIZE)


def render(scene, rng):
    """fp32 [height, width, 3] in 0..255."""
    centres, radius = place(scene, rng)
    return paint(coverage(scene, centres, radius, WHOLE), PALETTE[scene.colour], PALETTE[scene.ground])


def paint(covered, colour, ground):
    alpha = covered[..., None].astype(np.float32)
    return np.float32(ground) * (1 - alpha) + np.float32(colour) * alpha
