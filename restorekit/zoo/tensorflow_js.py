"""Reading TensorFlow.js graph models: ``model.json`` with a list of arrays, and shards of bytes.

The shards, in the order in which the list names them, hold the arrays one after the other: little
endian, the last axis the fastest, nothing in between.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

FLOAT32 = "float32"
BYTES = {FLOAT32: 4, "int32": 4, "bool": 1}
"""Of one value, for each type that may lie in a shard unquantised."""


def read_graph_model(model: Path, shards: Sequence[Path]) -> dict[str, npt.NDArray[np.float32]]:
    """The float32 arrays of a graph model by name; integers are no weights, and left out.

    Args:
        model: The ``model.json``.
        shards: The files that it names, in its order but under whatever names; every byte of
            them must belong to an array.

    Raises:
        CheckpointError: The files are damaged, do not belong together, or are quantised.
    """
    import numpy as np

    names, arrays = _listed(model)
    if len(names) != len(shards):
        raise CheckpointError(
            f"{model} has other shards", expected=", ".join(names), got=f"{len(shards)} files"
        )
    data = _joined(shards)
    found: dict[str, npt.NDArray[np.float32]] = {}
    start = 0
    for name, dtype, shape in arrays:
        size = BYTES[dtype] * math.prod(shape)
        if start + size > len(data):
            raise CheckpointError(f"the shards of {model} end before {name}")
        if dtype == FLOAT32:
            values = np.frombuffer(data, "<f4", math.prod(shape), start)
            found[name] = values.astype(np.float32).reshape(shape)
        start += size
    if start != len(data):
        raise CheckpointError(
            f"the shards do not belong to {model}", expected=f"{start} bytes", got=f"{len(data)}"
        )
    return found


def _listed(model: Path) -> tuple[list[str], list[tuple[str, str, tuple[int, ...]]]]:
    """The names of the shards; name, type and shape of each array in them."""
    try:
        groups = json.loads(model.read_text(encoding="utf-8"))["weightsManifest"]
        names = [str(name) for group in groups for name in group["paths"]]
        arrays = [_array(it) for group in groups for it in group["weights"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{model} is no TensorFlow.js model", got=f"{type(error).__name__} {error}"[:200]
        ) from error
    return names, arrays


def _array(fields: dict[str, Any]) -> tuple[str, str, tuple[int, ...]]:
    name, dtype, shape = str(fields["name"]), str(fields["dtype"]), tuple(fields["shape"])
    if dtype not in BYTES or "quantization" in fields:
        raise CheckpointError(
            f"array {name} cannot be read", expected=" or ".join(BYTES), got=f"quantised {dtype}"
        )
    if not all(type(length) is int and length >= 0 for length in shape):
        raise ValueError(f"array {name} has the shape {shape}")
    return name, dtype, shape


def _joined(shards: Sequence[Path]) -> bytes:
    try:
        return b"".join(path.read_bytes() for path in shards)
    except OSError as error:
        raise CheckpointError("a shard cannot be read", got=str(error)) from error
