"""Reading networks of ncnn: a ``.param`` file with the graph, a ``.bin`` file with the weights.

The text file names the layers in the order in which they run, one a line::

    KIND NAME INPUTS OUTPUTS input ... output ... key=value ... -233KK=count,value,...

The other file holds the weights of those layers in the same order, without names. The weights of a
convolution begin with four bytes that say how they are stored; biases and slopes are plain float32.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from restorekit.contracts import GraphLayer
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

MAGIC = "7767517"
FLOAT16, FLOAT32 = 0x01306B47, 0
ARRAY_KEYS = -23300
NUM_OUTPUT, KERNEL_WIDTH, KERNEL_HEIGHT = 0, 1, 11
HAS_BIAS, WEIGHT_COUNT, INT8, DYNAMIC = 5, 6, 8, 19
WITHOUT_WEIGHTS = frozenset(
    {"Input", "Split", "Concat", "BinaryOp", "Eltwise", "Interp", "PixelShuffle", "ReLU", "Reorg"}
)


def read_graph(param: Path, weights: Path) -> list[GraphLayer]:
    """The layers of an ncnn network in the order in which they run, weights included.

    Args:
        param: The ``.param`` file.
        weights: The ``.bin`` file; every byte of it must belong to a layer.

    Raises:
        CheckpointError: The files are damaged, do not belong together, or hold layers or
            quantised weights that are not known here.
    """
    try:
        text, data = param.read_text(encoding="ascii"), weights.read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(
            f"{param} and {weights.name} cannot be read", got=str(error)
        ) from error
    reader = _Weights(data, weights.name)
    layers = [_with_weights(layer, reader) for layer in parse_param(text, param.name)]
    reader.done()
    return layers


def parse_param(text: str, origin: str) -> list[GraphLayer]:
    """The layers of a ``.param`` text, still without weights.

    Raises:
        CheckpointError: It is no such text, or its counts or names do not agree.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or lines[0] != [MAGIC]:
        raise CheckpointError(f"{origin} is no ncnn graph", expected=f"{MAGIC} as its first line")
    try:
        layer_count, blob_count = map(int, lines[1])
        layers = [_layer(words) for words in lines[2:]]
    except (ValueError, IndexError) as error:
        raise CheckpointError(f"{origin} is no ncnn graph", got=str(error)) from error
    known: set[str] = set()
    for layer in layers:
        missing = set(layer.inputs) - known
        if missing:
            raise CheckpointError(
                f"{origin}: layer {layer.name} reads {min(missing)}, which no layer before it makes"
            )
        known.update(layer.outputs)
    if (len(layers), len(known)) != (layer_count, blob_count):
        raise CheckpointError(
            f"{origin} is not whole",
            expected=f"{layer_count} layers and {blob_count} blobs",
            got=f"{len(layers)} and {len(known)}",
        )
    return layers


def _layer(words: list[str]) -> GraphLayer:
    kind, name, *rest = words
    inputs, outputs = int(rest[0]), int(rest[1])
    names, settings = rest[2 : 2 + inputs + outputs], rest[2 + inputs + outputs :]
    if len(names) != inputs + outputs:
        raise ValueError(f"layer {name} names {len(names)} blobs of {inputs + outputs}")
    parameters = dict(_setting(setting) for setting in settings)
    return GraphLayer(kind, name, tuple(names[:inputs]), tuple(names[inputs:]), parameters, ())


def _setting(text: str) -> tuple[int, object]:
    key, _, value = text.partition("=")
    if int(key) > ARRAY_KEYS:
        return int(key), _number(value)
    count, *values = value.split(",")
    if len(values) != int(count):
        raise ValueError(f"{text} has {len(values)} values of {count}")
    return ARRAY_KEYS - int(key), [_number(value) for value in values]


def _number(text: str) -> float:
    return float(text) if any(sign in text for sign in ".eE") else int(text)


class _Weights:
    """The ``.bin`` file, read from its beginning to its end."""

    def __init__(self, data: bytes, origin: str) -> None:
        self.data = data
        self.origin = origin
        self.position = 0

    def plain(self, count: int, layer: str) -> npt.NDArray[np.float32]:
        """``count`` float32 values without a flag."""
        return self._take(count, "<f4", layer)

    def flagged(self, count: int, layer: str) -> npt.NDArray[np.float32]:
        """``count`` values after the four bytes that say how they are stored."""
        flag = int(self._take(1, "<u4", layer)[0])
        if flag == FLOAT32:
            return self._take(count, "<f4", layer)
        if flag != FLOAT16:
            raise CheckpointError(
                f"{self.origin}: the weights of layer {layer} are quantised",
                expected="float16 or float32",
                got=f"flag 0x{flag:08X}",
            )
        values = self._take(count, "<f2", layer)
        self.position += -self.position % 4
        return values

    def done(self) -> None:
        """Refuse bytes that belong to no layer."""
        if self.position != len(self.data):
            raise CheckpointError(
                f"{self.origin} does not belong to this graph",
                expected=f"{self.position} bytes",
                got=str(len(self.data)),
            )

    def _take(self, count: int, dtype: str, layer: str) -> npt.NDArray[np.float32]:
        import numpy as np

        size = count * np.dtype(dtype).itemsize
        if count < 0 or self.position + size > len(self.data):
            raise CheckpointError(
                f"{self.origin} ends before layer {layer}",
                expected=f"at least {self.position + size} bytes",
                got=str(len(self.data)),
            )
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += size
        return values if dtype == "<u4" else values.astype(np.float32)


def _with_weights(layer: GraphLayer, reader: _Weights) -> GraphLayer:
    if layer.kind == "Convolution":
        return layer._replace(weights=_convolution(layer, reader))
    if layer.kind == "PReLU":
        return layer._replace(weights=(reader.plain(layer.parameters.get(0, 0), layer.name),))
    if layer.kind not in WITHOUT_WEIGHTS:
        raise CheckpointError(
            f"layer {layer.name} is of an unknown kind",
            expected=f"Convolution, PReLU, {', '.join(sorted(WITHOUT_WEIGHTS))}",
            got=layer.kind,
        )
    return layer


def _convolution(layer: GraphLayer, reader: _Weights) -> tuple[npt.NDArray[np.float32], ...]:
    """The kernel ``(out, in, height, width)`` and, where there is one, the bias ``(out,)``."""
    get = layer.parameters.get
    if get(INT8, 0) or get(DYNAMIC, 0):
        raise CheckpointError(f"the weights of layer {layer.name} are quantised or not in the file")
    outputs, width, count = get(NUM_OUTPUT, 0), get(KERNEL_WIDTH, 0), get(WEIGHT_COUNT, 0)
    height = get(KERNEL_HEIGHT, width)
    a_filter = outputs * height * width
    if a_filter < 1 or count % a_filter:
        raise CheckpointError(
            f"layer {layer.name} has an impossible number of weights",
            expected=f"a multiple of {a_filter}",
            got=str(count),
        )
    shape = (outputs, count // a_filter, height, width)
    kernel = reader.flagged(math.prod(shape), layer.name).reshape(shape)
    return (kernel, reader.plain(outputs, layer.name)) if get(HAS_BIAS, 0) else (kernel,)
