#!/usr/bin/env python3
"""Writes what torch makes of every number of eight bits: tests/golden/data/fp8.safetensors.

For each of the two formats a tensor of all 256 codes, and the same converted by torch to fp32 and, from there, to bf16.

python tools/fp8/make.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FILE = Path(__file__).resolve().parents[2] / "tests" / "golden" / "data" / "fp8.safetensors"
FORMATS = {"e4m3fn": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2}


def main():
    tensors = {}
    for name, dtype in FORMATS.items():
        codes = torch.arange(256, dtype=torch.uint8).view(dtype).view(16, 16)
        tensors[f"{name}.codes"] = codes.clone()
        tensors[f"{name}.fp32"] = codes.to(torch.float32)
        tensors[f"{name}.bf16"] = codes.to(torch.float32).to(torch.bfloat16)
    save_file(tensors, FILE, metadata={"made_by": "python tools/fp8/make.py", "torch": torch.__version__})
    FILE.chmod(0o644)


if __name__ == "__main__":
    main()
