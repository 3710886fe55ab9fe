"""Convolutions: their shapes from tensors and from graphs, their weights as training begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import GraphLayer


def count(tensors: Iterable[str], prefix: str) -> int:
    """How many numbered blocks follow ``prefix``: ``body.0. ... body.22.`` are 23."""
    numbers = {key[len(prefix) :].split(".", 1)[0] for key in tensors if key.startswith(prefix)}
    return len(numbers)


def parameters_in_order(layers: Sequence[GraphLayer]) -> list[npt.NDArray[np.float32]]:
    """Every weight, bias and slope of a graph, in the order in which the layers run."""
    return [array for layer in layers for array in layer.weights]


def conv3x3(inputs: int, outputs: int, *, bias: bool = True) -> nn.Conv2d:
    """A 3 x 3 convolution that keeps the size."""
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)


def fill(
    template: Mapping[str, torch.Tensor], arrays: Sequence[npt.NDArray[np.float32]], name: str
) -> dict[str, torch.Tensor]:
    """The state dict with the keys of ``template`` and the values of ``arrays``, in order.

    Raises:
        CheckpointError: The graph has other shapes, so it is another network's.
    """
    wanted = [tuple(value.shape) for value in template.values()]
    found = [tuple(array.shape) for array in arrays]
    if wanted != found:
        where = next(
            (i for i, pair in enumerate(zip(wanted, found, strict=False)) if pair[0] != pair[1]),
            None,
        )
        difference = f"{len(found)} arrays" if where is None else f"{found[where]} as array {where}"
        expected = f"{len(wanted)} arrays" if where is None else str(wanted[where])
        raise CheckpointError(f"the graph is no {name}", expected=expected, got=difference)
    return {
        key: torch.from_numpy(array.copy()) for key, array in zip(template, arrays, strict=True)
    }


def load(module: nn.Module, tensors: Mapping[str, torch.Tensor], name: str) -> None:
    """Puts the tensors into a module that was built on the meta device.

    Raises:
        CheckpointError: They do not fit.
    """
    check({key: value.shape for key, value in module.state_dict().items()}, tensors, name)
    module.load_state_dict(tensors, assign=True)


def initialise(layer: nn.Module, method: Callable[..., object], **settings: Any) -> None:
    """Draw the weights of a convolution anew; its bias, where it has one, becomes 0.

    Args:
        layer: Nothing happens to what is no convolution.
        method: Of ``torch.nn.init``.
        settings: Of the method.
    """
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        method(layer.weight, **settings)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def check(shapes: Mapping[str, torch.Size], tensors: Mapping[str, torch.Tensor], name: str) -> None:
    """Name the first tensor that is missing, of another shape, or one too many.

    Raises:
        CheckpointError: There is one.
    """
    found = {key: value.shape for key, value in tensors.items()}
    for key in sorted(shapes.keys() | found.keys()):
        if shapes.get(key) != found.get(key):
            raise CheckpointError(
                f"the tensors are no {name}: {key}",
                expected=_words(shapes.get(key)),
                got=_words(found.get(key)),
            )


def _words(shape: torch.Size | None) -> str:
    return "no such tensor" if shape is None else str(tuple(shape))
