"""Convolutions as MATLAB stores them, and MatConvNet's ``net.layers``, a cell of structs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]


class Chain(NamedTuple):
    """A chain of layers."""

    kinds: tuple[str, ...]
    """The type of each layer, such as ``conv`` and ``relu``."""
    arrays: tuple[Floats, ...]
    """Of each convolution in turn the kernel, ``(out, in, 3, 3)``, and the bias, ``(out,)``."""


def chain(content: Mapping[str, Any], name: str) -> Chain:
    """The layers in the variables of a MATLAB file.

    Args:
        content: As :func:`restorekit.zoo.matlab.read_matlab` gives it.
        name: Of the network, for messages.

    Raises:
        CheckpointError: There is no such chain of convolutions of 3 x 3.
    """
    layers = getattr(content.get("net"), "layers", None)
    if not isinstance(layers, list):
        raise CheckpointError(
            f"the file is no {name}",
            expected="net.layers",
            got=", ".join(sorted(content)) or "no variables",
        )
    kinds = tuple(str(getattr(layer, "type", "?")) for layer in layers)
    arrays: list[Floats] = []
    try:
        for layer, kind in zip(layers, kinds, strict=True):
            if kind == "conv":
                arrays += convolution(*layer.weights)
    except (ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"the file is no {name}", got=str(error)) from error
    return Chain(kinds, tuple(arrays))


def convolution(weight: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """A kernel and its bias as torch has them.

    MATLAB's order is (height, width, in, out), without axes of one: the bias tells the last.

    Raises:
        ValueError: The kernel is none of 3 x 3 for that bias.
    """
    out = np.size(bias)
    kernel = np.reshape(weight, (3, 3, -1, out)).transpose(3, 2, 0, 1)
    return kernel.astype(np.float32), np.reshape(bias, out).astype(np.float32)
