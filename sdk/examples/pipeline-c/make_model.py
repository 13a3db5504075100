#!/usr/bin/env python3
"""Makes the model that the example draws with: a folder in the diffusers layout, some 65 kB.

    python3 make_model.py FOLDER

Nothing is trained. Each number is worked out here, so that one can read what the weights mean; the same numbers come out
on every machine, but for rounding. Needs nothing but Python 3."""

import json
import math
import pathlib
import random
import struct
import sys

BLOCK = 8  # pixels of one latent, each way
LATENTS = 6  # latents of one patch, each way
PATCH = BLOCK * LATENTS
SCALE = 0.25  # gives the latents of an ordinary picture a standard deviation of about 1

# What a number of a word's vector stands for: colour, texture, place in the picture, and how much room it wants.
RED, GREEN, BLUE, WAVES, STRIPES, LEAVES, ROUND, PLACE_X, PLACE_Y, ROOM = range(10)
WIDTH = 10

# Colour, the four textures, and the place: (-1, -1) is the upper left corner.
WORDS = {
    "sky": ((0.45, 0.70, 0.95), (0.05, 0.00, 0.00, 0.00), (0.0, -0.9)),
    "clouds": ((0.90, 0.92, 0.95), (0.00, 0.00, 0.00, 0.10), (-0.3, -0.6)),
    "sun": ((0.98, 0.85, 0.30), (0.00, 0.00, 0.00, 0.25), (0.5, -0.7)),
    "moon": ((0.85, 0.87, 0.80), (0.00, 0.00, 0.00, 0.25), (0.5, -0.7)),
    "stars": ((0.08, 0.08, 0.22), (0.00, 0.00, 0.12, 0.10), (-0.4, -0.9)),
    "night": ((0.06, 0.07, 0.20), (0.00, 0.00, 0.00, 0.00), (0.0, -0.9)),
    "dawn": ((0.95, 0.60, 0.45), (0.06, 0.00, 0.00, 0.00), (0.0, -0.3)),
    "mountains": ((0.45, 0.45, 0.55), (0.00, 0.10, 0.00, 0.00), (-0.3, -0.1)),
    "snow": ((0.94, 0.96, 0.99), (0.02, 0.00, 0.00, 0.00), (0.1, 0.1)),
    "forest": ((0.15, 0.38, 0.18), (0.00, 0.00, 0.12, 0.00), (-0.5, 0.1)),
    "meadow": ((0.45, 0.68, 0.25), (0.00, 0.04, 0.08, 0.00), (0.2, 0.5)),
    "flowers": ((0.85, 0.40, 0.60), (0.00, 0.00, 0.15, 0.10), (0.4, 0.7)),
    "lighthouse": ((0.90, 0.25, 0.22), (0.20, 0.00, 0.00, 0.00), (0.6, 0.0)),
    "house": ((0.65, 0.35, 0.25), (0.08, 0.08, 0.00, 0.00), (0.2, 0.3)),
    "sea": ((0.10, 0.38, 0.55), (0.12, 0.00, 0.00, 0.00), (0.0, 0.5)),
    "lake": ((0.20, 0.45, 0.60), (0.06, 0.00, 0.00, 0.00), (0.0, 0.4)),
    "sand": ((0.88, 0.78, 0.55), (0.03, 0.00, 0.03, 0.00), (0.0, 0.9)),
    "rocks": ((0.42, 0.40, 0.38), (0.00, 0.00, 0.08, 0.08), (-0.6, 0.8)),
    "fox": ((0.80, 0.42, 0.15), (0.00, 0.08, 0.00, 0.10), (0.0, 0.3)),
    "cat": ((0.55, 0.50, 0.45), (0.00, 0.10, 0.00, 0.10), (0.0, 0.3)),
    "red": ((0.85, 0.15, 0.15), (0.00, 0.00, 0.00, 0.00), (-0.5, 0.0)),
    "green": ((0.20, 0.65, 0.25), (0.00, 0.00, 0.00, 0.00), (0.0, 0.2)),
    "blue": ((0.15, 0.25, 0.80), (0.00, 0.00, 0.00, 0.00), (0.5, 0.0)),
    "yellow": ((0.95, 0.85, 0.20), (0.00, 0.00, 0.00, 0.00), (0.0, -0.2)),
    "black": ((0.04, 0.04, 0.04), (0.00, 0.00, 0.00, 0.00), (-0.5, 0.5)),
    "white": ((0.97, 0.97, 0.97), (0.00, 0.00, 0.00, 0.00), (0.5, -0.5)),
}
# Words that hold a sentence together and are not to be seen.
SMALL_WORDS = ["a", "an", "the", "of", "in", "at", "on", "by", "over", "under", "with", "and"]

MOODS = {"plain": (0.0, 0.0, 0.0), "warm": (0.12, 0.02, -0.12), "cold": (-0.10, 0.0, 0.12), "dark": (-0.3, -0.3, -0.25)}


def pieces():
    """The tokenizer's pieces with their scores, as in a unigram model, and the vector of each."""
    yield b"", 0.0, [0.0] * WIDTH  # the end of a text; alone, it is the empty prompt: grey
    for byte in range(256):  # whatever has no piece of its own is spelled
        chance = random.Random(byte)
        vector = [0.6 * (2.0 * chance.random() - 1.0) for _ in range(WIDTH)]
        vector[WAVES:PLACE_X] = [0.3 * value for value in vector[WAVES:PLACE_X]]
        vector[ROOM] = 0.0
        yield bytes([byte]), -8.0, vector if byte != ord(" ") else [0.0] * WIDTH
    for word, (colour, textures, place) in WORDS.items():
        yield b" " + word.encode(), -1.0, [value - 0.5 for value in colour] + list(textures) + list(place) + [0.0]
    for word in SMALL_WORDS:
        yield b" " + word.encode(), -1.0, [0.0] * ROOM + [-30.0]


def cosine(frequency, at):
    norm = math.sqrt((1.0 if frequency == 0 else 2.0) / BLOCK)
    return norm * math.cos(math.pi * frequency * (2 * at + 1) / (2 * BLOCK))


def basis():
    """The autoencoder: the lowest frequencies of the cosine transform of a block, as in JPEG. Ten of brightness and
    three of each colour difference make 16 rows of 192 pixel values, orthonormal."""
    axes = [(10, (1.0, 1.0, 1.0)), (3, (1.0, 0.0, -1.0)), (3, (1.0, -2.0, 1.0))]
    order = sorted(((u, v) for u in range(4) for v in range(4) if u + v < 4), key=lambda uv: (uv[0] + uv[1], uv))
    for count, axis in axes:
        length = math.sqrt(sum(value * value for value in axis))
        for u, v in order[:count]:
            yield [
                cosine(u, x) * cosine(v, y) * value / length
                for y in range(BLOCK)
                for x in range(BLOCK)
                for value in axis
            ]


def texture(kind, x, y):
    turn = 2.0 * math.pi / PATCH
    if kind == WAVES:
        return math.cos(2 * turn * y + 0.8 * math.sin(turn * x))
    if kind == STRIPES:
        return math.cos(4 * turn * x)
    if kind == LEAVES:
        return math.cos(3 * turn * x) * math.cos(3 * turn * y)
    return math.cos(min(1.0, math.hypot(x - PATCH / 2, y - PATCH / 2) / (PATCH / 2)) * math.pi)


def patch_of(number, rows):
    """The latents [channel][row][column] of a patch whose picture is what one number of a vector stands for."""
    latents = [[[0.0] * LATENTS for _ in range(LATENTS)] for _ in rows]
    if number > ROUND:
        return latents
    for top in range(LATENTS):
        for left in range(LATENTS):
            pixels = []
            for y in range(top * BLOCK, (top + 1) * BLOCK):
                for x in range(left * BLOCK, (left + 1) * BLOCK):
                    if number <= BLUE:
                        pixels += [1.0 if channel == number else 0.0 for channel in range(3)]
                    else:
                        pixels += [texture(number, x + 0.5, y + 0.5)] * 3
            for channel, row in enumerate(rows):
                latents[channel][top][left] = SCALE * sum(a * b for a, b in zip(row, pixels))
    return latents


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        rows = tensors[name]
        values = [value for row in rows for value in row]
        begin = len(data)
        data += struct.pack("<%df" % len(values), *values)
        header[name] = {"dtype": "F32", "shape": [len(rows), len(rows[0])], "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    vocabulary = list(pieces())
    rows = list(basis())
    columns = [[value for plane in patch_of(n, rows) for row in plane for value in row] for n in range(WIDTH)]

    write_json(folder / "model_index.json", {
        "_class_name": "PatchworkPipeline",
        "text_encoder": ["patchwork", "PieceVectors"],
        "tokenizer": ["patchwork", "PieceTokenizer"],
        "transformer": ["patchwork", "PatchworkTransformer"],
        "vae": ["patchwork", "CosineAutoencoder"],
    })
    write_json(folder / "transformer/config.json", {"_class_name": "PatchworkTransformer", "in_channels": len(rows),
                                                    "patch_size": LATENTS, "width": WIDTH})
    write_safetensors(folder / "transformer/diffusion_pytorch_model.safetensors", {
        "to_patch.weight": [list(row) for row in zip(*columns)],
        "to_place.weight": [[float(n == number) for n in range(WIDTH)] for number in (PLACE_X, PLACE_Y, ROOM)],
    })
    write_json(folder / "text_encoder/config.json", {"_class_name": "PieceVectors", "width": WIDTH,
                                                     "moods": list(MOODS)})
    write_safetensors(folder / "text_encoder/model.safetensors", {
        "embedding.weight": [vector for _, _, vector in vocabulary],
        "mood.weight": [list(colour) + [0.0] * (WIDTH - 3) for colour in MOODS.values()],
    })
    write_json(folder / "vae/config.json", {"_class_name": "CosineAutoencoder", "latent_channels": len(rows)})
    write_safetensors(folder / "vae/diffusion_pytorch_model.safetensors", {
        "encoder.weight": [[SCALE * value for value in row] for row in rows],
        "decoder.weight": [[value / SCALE for value in column] for column in zip(*rows)],
    })

    # The tokenizer's file: "pieces 1", how many there are, and of each its score, its length and its bytes.
    data = b"pieces 1" + struct.pack("<I", len(vocabulary))
    for text, score, _ in vocabulary:
        data += struct.pack("<fH", score, len(text)) + text
    (folder / "tokenizer").mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer/pieces.model").write_bytes(data)


if __name__ == "__main__":
    main()
