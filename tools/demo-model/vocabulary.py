"""The tokenizer's files, learnt from captions."""

import random
import sys
from pathlib import Path

from transformers import CLIPTokenizer

from captions import corpus

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))
from clip_tokenizer import write_tokenizer  # noqa: E402

MERGES = 300
LENGTH = 77


def make_tokenizer(folder):
    if not (folder / "vocab.json").exists():
        write_tokenizer(folder, corpus(random.Random(1)), MERGES)
    return CLIPTokenizer.from_pretrained(folder)


def encode(tokenizer, texts):
    """Token ids [N, 77], int64: start, text, end, and ends to the full length."""
    return tokenizer(texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt").input_ids
