"""What real model repositories have and the libraries of today write otherwise."""

import json
from pathlib import Path

from safetensors.torch import save_file


def save_stable(tensors, path: Path, metadata):
    """save_file with the metadata in order: the library's is another one at each run."""
    save_file(tensors, path, metadata=metadata)
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def classic_text_name(name):
    """transformers 5 leaves out a CLIPTextModel's "text_model.", which real repositories have."""
    return name if name.startswith(("text_model.", "text_projection.")) else "text_model." + name


def add_clip_sample(path: Path):
    """Real repositories have this field, which the classes no longer take."""
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "clip_sample": False}, indent=2, sort_keys=True) + "\n")
