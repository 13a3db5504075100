#!/usr/bin/env python3
"""Makes tests/unit/data/tokenizers: a small CLIP tokenizer in every form that people have one in, with the ids that
transformers makes of some texts.

    pip install transformers==5.24.0
    python3 tools/tokenizers/make.py tests/unit/data/tokenizers
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from transformers import CLIPTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "shared"))
from clip_tokenizer import write_tokenizer  # noqa: E402

CORPUS = "a photo of a red fox in the snow, a green square; the fox's photo of the snow and the square " * 3
MERGES = 40
TEXTS = [
    "",
    "a red fox in the snow",
    "A RED fox,  in\tthe\nsnow!!",
    "the fox's 12 squares; don't, we'll",
    "<|startoftext|>a<|endoftext|>",
    "<|STARTOFTEXT|> a <|EndOfText|>",
    "a<|endoftext|>b <|startoftext|>",
    "<fox>a <FOX>b",
    "x<fox><fox>",
    "a <fox> b",
    "a   <sky>   b",
    "a Zork b",
    "a zork b zorks azork",
    "zork_ 1zork (zork) Zork.",
    "the  foo   bar, foobar",
    "Foo Bar foo",
    "<f>x <f><f>x",
    "a!b !! c!",
    "é É ﬁ 狐 🦊 a\u00adb",
    "\u00a0a\u3000b\u2028c",
    "e\u0301 E\u0301",
]


def token(content, **flags):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
            "special": False} | flags


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


class Maker:
    def __init__(self, folder):
        self.folder = folder
        self.cases = []

    def start(self, name, like):
        target = self.folder / name
        shutil.copytree(self.folder / like, target)
        return target

    def ids(self, name, note):
        tokenizer = CLIPTokenizer.from_pretrained(self.folder / name)
        padded = tokenizer("a", padding="max_length", max_length=5)["input_ids"]
        self.cases.append({
            "folder": name,
            "note": note,
            "padded": padded,
            "ids": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS],
        })


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    shutil.rmtree(folder, ignore_errors=True)
    make = Maker(folder)

    write_tokenizer(folder / "files", CORPUS, MERGES)
    make.ids("files", "vocab.json and merges.txt, as everything before transformers 5 saves them")
    size = len(read(folder / "files/vocab.json"))

    CLIPTokenizer.from_pretrained(folder / "files").save_pretrained(folder / "whole")
    make.ids("whole", "tokenizer.json and tokenizer_config.json, as transformers 5 saves them")

    only = make.start("only", "whole")
    (only / "tokenizer_config.json").unlink()
    make.ids("only", "tokenizer.json and nothing else")

    strings = make.start("strings", "only")
    root = read(strings / "tokenizer.json")
    root["model"]["merges"] = [" ".join(pair) for pair in root["model"]["merges"]]
    write(strings / "tokenizer.json", root)
    make.ids("strings", "merges in one string each, as tokenizers before 0.20 saves them")

    both = make.start("both", "whole")
    shutil.copy(folder / "files/merges.txt", both)
    vocabulary = read(folder / "files/vocab.json")
    vocabulary["a</w>"], vocabulary["b</w>"] = vocabulary["b</w>"], vocabulary["a</w>"]
    write(both / "vocab.json", vocabulary)
    make.ids("both", "both forms, which disagree")

    bang = make.start("bang", "whole")
    config = read(bang / "tokenizer_config.json") | {"pad_token": "!"}
    write(bang / "tokenizer_config.json", config)
    make.ids("bang", "the padding is an exclamation mark, as for SDXL's second encoder")

    legacy = make.start("legacy", "files")
    write(legacy / "added_tokens.json", {"<fox>": size, "Zork": size + 1, "foo bar": size + 2})
    make.ids("legacy", "added_tokens.json, as transformers 4 saves what add_tokens() added to the slow tokenizer")

    table = make.start("table", "files")
    config = read(table / "tokenizer_config.json") if (table / "tokenizer_config.json").exists() else {}
    config["added_tokens_decoder"] = {
        str(size - 2): token("<|startoftext|>", normalized=True, special=True),
        str(size - 1): token("<|endoftext|>", special=True),
        str(size): token("<fox>", normalized=True),
        str(size + 1): token("<sky>", lstrip=True, rstrip=True),
        str(size + 2): token("Zork", single_word=True, normalized=True),
        str(size + 3): token("foo bar", normalized=True),
        str(size + 4): token("<f>"),
        str(size + 5): token("<f>x"),
    }
    write(table / "tokenizer_config.json", config)
    make.ids("table", "added_tokens_decoder in tokenizer_config.json, with flags of every kind")

    CLIPTokenizer.from_pretrained(table).save_pretrained(folder / "added")
    make.ids("added", "the same in tokenizer.json")

    write(folder / "ids.json", {"texts": TEXTS, "size": size, "cases": make.cases})


if __name__ == "__main__":
    main()
