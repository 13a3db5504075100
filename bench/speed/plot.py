#!/usr/bin/env python3
"""Draws what bench_speed measured, from the files of its --json, as an SVG.

    python bench/speed/plot.py OUT.svg MEASURED.json [MEASURED.json ...]

For each model, size and piece of work three bars: the floor, this program, and the first peer if there is one. They are
in multiples of the floor, so that a step of 256x256 and one of 1024x1024 stand beside each other.
"""

import json
import sys
from html import escape
from pathlib import Path

WIDTH, LEFT, RIGHT = 760, 210, 90  # pixels
BAR, GAP = 13, 12
COLOURS = {"floor": "#b8c0cc", "ours": "#2f6fde", "peer": "#d98324"}


def rows(measured):
    """(label, {"floor": seconds, "ours": seconds, "peer": seconds}) for each piece of work in what a file has."""
    peers = {}
    for peer in measured["peers"][:1]:
        peers = {entry["size"]: entry for entry in peer["sizes"]}
    names = {"sd15": "SD 1.5", "sdxl": "SDXL"}
    for size in measured["sizes"]:
        for work, word in (("step", "a guided step"), ("decode", "decoding")):
            if "floor_seconds" not in size[work]:
                continue
            seconds = {
                "floor": size[work]["floor_seconds"],
                "ours": size[work]["seconds"],
            }
            if size["size"] in peers:
                seconds["peer"] = peers[size["size"]][work]
            name = names.get(measured["pipeline"], measured["pipeline"])
            yield f"{name}, {size['size']}, {word}", seconds


def text(x, y, content, anchor="start", size=12):
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}">{escape(content)}</text>'


def legend(peer):
    parts, x = [], LEFT
    for kind, name in (("floor", "floor"), ("ours", "AbleRefusal"), ("peer", peer)):
        if name:
            parts.append(f'<rect x="{x}" y="10" width="12" height="12" fill="{COLOURS[kind]}"/>')
            parts.append(text(x + 18, 20, name))
            x += 40 + 7 * len(name)
    return parts


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    files = [json.loads(Path(path).read_text()) for path in sys.argv[2:]]
    work = [row for measured in files for row in rows(measured)]
    if not work:
        sys.exit("no file has a floor to compare with: it is measured on a CPU alone")
    names = [peer["name"] for measured in files for peer in measured["peers"]]
    most = max(max(seconds.values()) / seconds["floor"] for _, seconds in work)
    scale = (WIDTH - LEFT - RIGHT) / most
    parts, y = legend(names[0] if names else None), 36
    for label, seconds in work:
        parts.append(text(LEFT - 8, y + BAR * len(seconds) / 2 + 4, label, "end"))
        for kind, value in seconds.items():
            length = value / seconds["floor"] * scale
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{COLOURS[kind]}"/>')
            parts.append(text(LEFT + length + 5, y + BAR - 3, f"{value:.2f} s", size=10))
            y += BAR
        y += GAP
    parts.append(
        f'<line x1="{LEFT + scale:.1f}" y1="30" x2="{LEFT + scale:.1f}" y2="{y - GAP}" stroke="#667" stroke-dasharray="3 3"/>'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif">'
    background = f'<rect width="{WIDTH}" height="{y}" fill="white"/>'
    Path(sys.argv[1]).write_text("\n".join([head, background, *parts, "</svg>"]) + "\n")


if __name__ == "__main__":
    main()
