#!/usr/bin/env python3
"""Makes tests/unit/data/prompts.json: what the reference makes of the prompts in cases.py.

    pip install lark==1.3.1
    python3 tools/prompt-language/make.py prompt_parser.py tests/unit/data/prompts.json

The first argument is modules/prompt_parser.py of AUTOMATIC1111's web UI 1.10, which is not part of this project. Tags are
taken apart as its modules/extra_networks.py and extensions-builtin/Lora/extra_networks_lora.py describe, here in words of
our own.
"""

import argparse
import importlib.util
import json
import pathlib
import re
import sys
import types

import cases

STEPS = 10


def load(path):
    sys.modules.setdefault("torch", types.ModuleType("torch"))  # imported by the file, not used by its parsers
    spec = importlib.util.spec_from_file_location("prompt_parser", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def composition(parser, text):
    indexes, flat, _ = parser.get_multicond_prompt_list([text])
    return [[flat[index], weight] for index, weight in indexes[0]]


def tags(text):
    loras = []

    def found(match):
        name, *arguments = match.group(2).split(":")
        named = dict(a.split("=") for a in arguments if "=" in a)
        plain = [float(a) for a in arguments if "=" not in a]
        encoder = float(named.get("te", plain[0] if plain else 1.0))
        unet = float(named.get("unet", plain[1] if len(plain) > 1 else encoder))
        loras.append({"name": name, "te": encoder, "unet": unet})
        return ""

    return {"text": re.sub(r"<(\w+):([^>]+)>", found, text), "loras": loras}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("prompt_parser", type=pathlib.Path)
    arguments.add_argument("output", type=pathlib.Path)
    arguments = arguments.parse_args()
    parser = load(arguments.prompt_parser)

    def schedule(text):
        return parser.get_learned_conditioning_prompt_schedules([text], STEPS)[0]

    kinds = {
        "weights": (cases.WEIGHTS, parser.parse_prompt_attention),
        "schedule": (cases.SCHEDULE, schedule),
        "composition": (cases.COMPOSITION, lambda text: composition(parser, text)),
        "tags": (cases.TAGS, tags),
    }
    lines = []
    for kind, (rules, expected) in kinds.items():
        entries = [
            json.dumps({"rule": rule, "text": text, "expected": expected(text)}) for rule, texts in rules.items() for text in texts
        ]
        lines.append(f' "{kind}": [\n  ' + ",\n  ".join(entries) + "\n ]")
    arguments.output.write_text("{\n" + f' "steps": {STEPS},\n' + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
