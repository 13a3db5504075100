"""A CLIP tokenizer in the files that real Stable Diffusion repositories hold.

The vocabulary is built as OpenAI built CLIP's: the 256 byte symbols, the same with "</w>", one entry per merge, and the
two special tokens with the largest ids (an encoder whose config says eos_token_id 2 finds the end by the largest id).
"""

import collections
import json
import re
from pathlib import Path

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
END_OF_WORD = "</w>"

# A word of CLIP's pre-tokenizer, for text that is ASCII as the corpus is.
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")


def byte_symbols():
    """GPT-2's printable stand-in for each byte, in CLIP's vocabulary order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


def learn_merges(text, count):
    """The `count` most frequent pairs, one after the other; ties go to the pair that sorts first."""
    symbols = byte_symbols()
    words = collections.Counter(WORD.findall(text.lower()))
    split = {}
    for word in words:
        units = [symbols[b] for b in word.encode()]
        units[-1] += END_OF_WORD
        split[word] = units
    merges = []
    for _ in range(count):
        pairs = collections.Counter()
        for word, units in split.items():
            for pair in zip(units, units[1:]):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for word, units in split.items():
            split[word] = join(units, best)
    return merges


def join(units, pair):
    out, i = [], 0
    while i < len(units):
        if tuple(units[i : i + 2]) == pair:
            out.append(units[i] + units[i + 1])
            i += 2
        else:
            out.append(units[i])
            i += 1
    return out


def write_tokenizer(folder: Path, corpus, merge_count, pad=EOS):
    """Writes vocab.json, merges.txt, special_tokens_map.json and tokenizer_config.json, learnt from a text."""
    folder.mkdir(parents=True, exist_ok=True)
    merges = learn_merges(corpus, merge_count)
    symbols = list(byte_symbols().values())
    entries = symbols + [s + END_OF_WORD for s in symbols] + ["".join(m) for m in merges] + [BOS, EOS]
    vocabulary = {entry: index for index, entry in enumerate(entries)}
    assert len(vocabulary) == len(entries), "two merges make the same token"

    def special(content):
        return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}

    config = {
        "add_prefix_space": False,
        "bos_token": {"__type": "AddedToken", **special(BOS)},
        "do_lower_case": True,
        "eos_token": {"__type": "AddedToken", **special(EOS)},
        "errors": "replace",
        "model_max_length": 77,
        "pad_token": pad,
        "tokenizer_class": "CLIPTokenizer",
        "unk_token": {"__type": "AddedToken", **special(EOS)},
    }
    special_map = {"bos_token": special(BOS), "eos_token": special(EOS), "pad_token": pad, "unk_token": special(EOS)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(m) for m in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(special_map, indent=2) + "\n")


def set_padding(folder: Path, pad):
    """Lets a tokenizer's files name another token for padding."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        settings = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**settings, "pad_token": pad}, indent=2) + "\n")
