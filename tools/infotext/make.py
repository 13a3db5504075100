#!/usr/bin/env python3
"""Makes tests/unit/data/infotext.json: texts as AUTOMATIC1111's web UI and its kin write them into pictures, and what
that program's own parser reads in them.

    git clone https://github.com/AUTOMATIC1111/stable-diffusion-webui    # v1.10.1
    python3 tools/infotext/make.py stable-diffusion-webui tests/unit/data/infotext.json

Only parse_generation_parameters() of modules/infotext_utils.py and what it calls is run, without the program around it.
"""

import argparse
import ast
import json
import re
from pathlib import Path
from types import SimpleNamespace

NAMES = {
    "re_param_code", "re_param", "re_imagesize", "unquote", "restore_old_hires_fix_params",
    "parse_generation_parameters",
}  # fmt: skip

SETTINGS = "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 965400086, Size: 512x768"
TEXTS = [
    f"a fox\nNegative prompt: fog\n{SETTINGS}, Model hash: 45dee52b10, Model: some-model, Version: v1.10.1",
    f"a fox\n{SETTINGS}",
    SETTINGS,
    f"Negative prompt: fog\n{SETTINGS}",
    f"\n\n  a fox  \n  in snow\nNegative prompt:   fog,\n  rain  \n\n{SETTINGS}  \n",
    f"a fox\r\nNegative prompt: fog\r\n{SETTINGS}\r\n",
    f"a fox, (red:1.3), [day:night:0.5], <lora:ink:0.8:lbw=1,0,0>\nNegative prompt: (bad:1.2)\n{SETTINGS}",
    f"title: a fox, mood: calm, light: low\nNegative prompt: size: small\n{SETTINGS}",
    "a fox, Steps: 20\nNegative prompt: Seed: 3, fog",
    f'a fox\n{SETTINGS}, Lora hashes: "ink: 0123456789ab, b_c: ffff00001111", TI hashes: "neg: abcdef"',
    f'a fox\n{SETTINGS}, Template: "a {{fox|cat}}, \\"big\\": 1\\nsecond line", Version: v1.9.4-2-gabcdef',
    f'a fox\n{SETTINGS}, Wildcard prompt: "__animal__, in: snow", Note: plain words: here, Last: 1',
    f'a fox\n{SETTINGS}, Hires upscale: 2, Hires steps: 12, Hires upscaler: R-ESRGAN 4x+, Denoising strength: 0.55',
    f"a fox\n{SETTINGS}, Variation seed: 7, Variation seed strength: 0.25, Seed resize from: 512x512, ENSD: 31337",
    f"a fox\n{SETTINGS}, Mask blur: 4, Inpaint area: Only masked, Masked area padding: 32, Masked content: latent noise",
    f'a fox\n{SETTINGS}, ControlNet 0: "Module: canny, Model: control_v11p [d14c016b], Weight: 1, Guidance Start: 0"',
    f"a fox\n{SETTINGS}, RNG: CPU, Clip skip: 2, Emphasis: No norm, Pad conds: True, FP8 weight: Enable",
    f"a fox\n{SETTINGS}, Refiner: sd_xl_refiner_1.0 [7440042bbd], Refiner switch at: 0.8, SGM noise multiplier: True",
    f"a fox\n{SETTINGS}, Token merging ratio: 0.5, Tiling: True, Eta: 0.67, Sigma churn: 1.5, NGMS: 2",
    f"ein Fuchs im Schnee, 狐, 🦊\nNegative prompt: Nebel\n{SETTINGS}, Model: modèle-été",
    f"a fox\n{SETTINGS}, Face restoration: CodeFormer, Style Selector Style: base, Styles: \"ink, soft\"",
    f"a fox\n{SETTINGS},  Spaced  :  value with blanks  , Version: f2.0.1",
]


def parser_of(webui: Path):
    source = (webui / "modules/infotext_utils.py").read_text(encoding="utf-8")
    wanted = [
        node
        for node in ast.parse(source).body
        if getattr(node, "name", None) in NAMES
        or (isinstance(node, ast.Assign) and any(getattr(target, "id", None) in NAMES for target in node.targets))
    ]
    opts = SimpleNamespace(infotext_styles="Ignore", use_old_hires_fix_width_height=False, infotext_skip_pasting=[])
    scope = {
        "re": re,
        "json": json,
        "shared": SimpleNamespace(opts=opts),
        "infotext_versions": SimpleNamespace(backcompat=lambda _: None),
    }
    exec(compile(ast.Module(wanted, []), "infotext_utils.py", "exec"), scope)
    return scope


def read(scope: dict, text: str) -> dict:
    found = scope["parse_generation_parameters"](text)
    lastline = text.strip().split("\n")[-1]
    values = {}
    settings = scope["re_param"].findall(lastline)
    for name, _ in settings if len(settings) >= 3 else []:  # what it read, without the defaults that it adds
        if name in found:
            values[name] = found[name]
        elif f"{name}-1" in found:
            values[name] = f"{found[name + '-1']}x{found[name + '-2']}"
    prompt, negative = found["Prompt"], found["Negative prompt"]
    return {"text": text, "prompt": prompt, "negative_prompt": negative, "values": values}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("webui", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    scope = parser_of(arguments.webui)
    cases = [read(scope, text) for text in TEXTS]
    arguments.output.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
