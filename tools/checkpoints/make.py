#!/usr/bin/env python3
"""Small checkpoints as torch.save writes them, for the tests of host/models.

    python3 tools/checkpoints/make.py tests/unit/data/checkpoints

Needs torch and numpy. Every file has a few tensors whose values count up from 0, so that a test can tell what it reads.
"""

import argparse
import collections
import pathlib
import sys
import types

import numpy
import torch


def counting(*shape, dtype=torch.float32):
    count = int(numpy.prod(shape)) if shape else 1
    return torch.arange(count).reshape(shape).to(dtype)


def lightning_class():
    """ModelCheckpoint under the name that Lightning's checkpoints mention; Lightning itself is not needed."""
    module = types.ModuleType("pytorch_lightning.callbacks.model_checkpoint")
    made = type("ModelCheckpoint", (), {"__module__": module.__name__})
    module.ModelCheckpoint = made
    for name in ("pytorch_lightning", "pytorch_lightning.callbacks"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[module.__name__] = module
    return made


def formats():
    named = {
        "f64": torch.float64,
        "f32": torch.float32,
        "f16": torch.float16,
        "bf16": torch.bfloat16,
        "f8_e4m3": torch.float8_e4m3fn,
        "f8_e5m2": torch.float8_e5m2,
        "i64": torch.int64,
        "i32": torch.int32,
        "i16": torch.int16,
        "i8": torch.int8,
        "u8": torch.uint8,
        "bool": torch.bool,
    }
    return collections.OrderedDict((name, counting(2, 3, dtype=dtype)) for name, dtype in named.items())


def views():
    base = counting(4, 6)
    return {
        "whole": base,
        "rows": base[1:3],
        "scalar": torch.tensor(7.0),
        "empty": torch.zeros(0, 5),
        "parameter": torch.nn.Parameter(counting(3)),
        "expanded_ones": torch.arange(5).expand((1, -1)),
    }


def training():
    """What Lightning leaves beside the weights."""
    model = torch.nn.Linear(2, 3)
    with torch.no_grad():
        model.weight.copy_(counting(3, 2))
    return {
        "epoch": 3,
        "global_step": 875000,
        "pytorch-lightning_version": "1.4.2",
        "state_dict": model.state_dict(),
        "callbacks": {lightning_class(): {"best_model_score": numpy.float64(0.5), "seen": {1, 2}}},
        "optimizer_states": [{"state": {0: {"exp_avg": counting(3, 2)}}, "lr": 1e-4}],
        "big": 2**70,
        "nothing": None,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    torch.save(formats(), folder / "formats.ckpt")
    torch.save(views(), folder / "views.pt")
    torch.save(training(), folder / "training.ckpt")
    torch.save(views(), folder / "protocol4.bin", pickle_protocol=4)
    torch.save({"t": counting(3, 2).t()}, folder / "transposed.ckpt")
    torch.save({"a": counting(2)}, folder / "legacy.ckpt", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(1, 1), folder / "module.pt")
    torch.save([counting(2)], folder / "list.pt")
    torch.jit.script(torch.nn.Linear(1, 1)).save(str(folder / "program.pt"))
    (folder / "README.md").write_text(
        f"Made by `python3 tools/checkpoints/make.py tests/unit/data/checkpoints` with torch {torch.__version__} and "
        f"numpy {numpy.__version__}.\n"
    )


if __name__ == "__main__":
    main()
