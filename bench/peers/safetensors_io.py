"""Reads and writes safetensors: 8 bytes of header length, a JSON header, the tensors' bytes.

The package `safetensors` does the same; this keeps the scripts runnable without it.
"""

import json
import struct

import numpy as np
import torch

_NUMPY = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I32": np.dtype("<i4"), "I64": np.dtype("<i8")}
_NAMES = {value: key for key, value in _NUMPY.items()}


def save(path, tensors):
    """Writes tensors (a dict of name to tensor) sorted by name, so equal tensors give equal bytes."""
    header, blobs, position = {}, [], 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name].detach().cpu().numpy())
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        blob = array.tobytes()
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [position, position + len(blob)],
        }
        blobs.append(blob)
        position += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        out.writelines(blobs)


def load(path):
    """Returns a dict of name to tensor; raises ValueError where the file is cut off or no safetensors."""
    with open(path, "rb") as source:
        data = source.read()
    if len(data) < 8:
        raise ValueError(f"{path}: {len(data)} bytes is too short for a safetensors file")
    (length,) = struct.unpack_from("<Q", data)
    if 8 + length > len(data):
        raise ValueError(f"{path}: the header claims {length} bytes, the file has {len(data)}")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body, tensors = data[8 + length :], {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        dtype = _NUMPY.get(entry["dtype"])
        if dtype is None:
            raise ValueError(f"{path}: {name} has dtype {entry['dtype']}; known are {', '.join(_NUMPY)}")
        if not 0 <= start <= end <= len(body):
            raise ValueError(f"{path}: {name} lies at {start}..{end} of {len(body)} bytes; the file is cut off")
        array = np.frombuffer(body[start:end], dtype).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors
