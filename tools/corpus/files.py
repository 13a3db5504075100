"""Weights as files: safetensors and what torch.save writes, without either library."""

import json
import struct
import zipfile
from pathlib import Path

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "I64": 8, "I32": 4, "U8": 1}
STORAGES = {"F64": "DoubleStorage", "F32": "FloatStorage", "F16": "HalfStorage", "BF16": "BFloat16Storage",
            "I64": "LongStorage", "I32": "IntStorage", "U8": "ByteStorage"}


class Tensor:
    def __init__(self, dtype, shape, data):
        self.dtype, self.shape, self.data = dtype, list(shape), bytes(data)

    @property
    def count(self):
        count = 1
        for extent in self.shape:
            count *= extent
        return count

    def floats(self):
        """Values of a BF16 or F32 tensor."""
        if self.dtype == "F32":
            return list(struct.unpack(f"<{self.count}f", self.data))
        assert self.dtype == "BF16"
        wide = b"".join(b"\0\0" + self.data[i : i + 2] for i in range(0, len(self.data), 2))
        return list(struct.unpack(f"<{self.count}f", wide))

    def transposed(self):
        rows, columns = self.shape
        size = SIZES[self.dtype]
        at = [self.data[i : i + size] for i in range(0, len(self.data), size)]
        return Tensor(self.dtype, [columns, rows], b"".join(at[r * columns + c] for c in range(columns) for r in range(rows)))

    def as_f32(self):
        return Tensor("F32", self.shape, struct.pack(f"<{self.count}f", *self.floats()))

    def rows(self, first, count):
        """A part of the first dimension."""
        size = len(self.data) // self.shape[0]
        return Tensor(self.dtype, [count, *self.shape[1:]], self.data[first * size : (first + count) * size])


def f32(shape, values):
    return Tensor("F32", shape, struct.pack(f"<{len(values)}f", *values))


def read_safetensors(path):
    raw = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    base = 8 + length
    return {
        name: Tensor(entry["dtype"], entry["shape"], raw[base + entry["data_offsets"][0] : base + entry["data_offsets"][1]])
        for name, entry in header.items()
        if name != "__metadata__"
    }


NO_METADATA = object()


def write_safetensors(path, tensors, metadata=NO_METADATA):
    header = {} if metadata is NO_METADATA else {"__metadata__": metadata}
    offset = 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [offset, offset + len(tensor.data)]}
        offset += len(tensor.data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            out.write(tensor.data)


def _string(text):
    raw = text.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def _number(value):
    return b"J" + struct.pack("<i", value)


def _tuple(values):
    return b"(" + b"".join(_number(value) for value in values) + b"t"


def write_checkpoint(path, tensors, wrapper=None):
    """The zip archive of torch.save(state_dict), or of {wrapper: state_dict}."""
    pickle = [b"\x80\x02"]
    if wrapper:
        pickle.append(b"}" + _string(wrapper))
    pickle.append(b"}(")
    for key, (name, tensor) in enumerate(tensors.items()):
        strides, stride = [], 1
        for extent in reversed(tensor.shape):
            strides.insert(0, stride)
            stride *= extent
        storage = (b"(" + _string("storage") + b"ctorch\n" + STORAGES[tensor.dtype].encode() + b"\n" + _string(str(key)) +
                   _string("cpu") + _number(tensor.count) + b"tQ")
        pickle.append(_string(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + _number(0) +
                      _tuple(tensor.shape) + _tuple(strides) + b"\x89" + b"ccollections\nOrderedDict\n)R" + b"tR")
    pickle.append(b"u")
    if wrapper:
        pickle.append(b"s")
    pickle.append(b".")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", b"".join(pickle))
        for key, tensor in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{key}", tensor.data)
        archive.writestr("archive/version", b"3\n")
