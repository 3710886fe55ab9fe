"""Convolutions of 3 x 3 with a ReLU between each two: ``model.0``, ``model.2``, ``model.4``, ..."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Mapping


class ChainHyperparameters(NamedTuple):
    """What the tensors of a chain tell of it."""

    taken: int
    """Channels that the first convolution takes."""
    features: int
    given: int
    """Channels that the last one gives."""
    convolutions: int


def conv_relu_chain(taken: int, features: int, given: int, convolutions: int) -> nn.Sequential:
    """The chain, from ``taken`` channels to ``given`` ones; at least two convolutions."""
    widths = [taken, *[features] * (convolutions - 1), given]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers[:-1])


def in_own_precision(chain: nn.Sequential, x: Tensor) -> Tensor:
    """The chain on a float32 ``x``, each convolution in the precision of its weights."""
    first, last = chain[0], chain[-1]
    y = chain[:-1](x.to(next(first.parameters()).dtype))
    return last(y.to(next(last.parameters()).dtype))


def hyperparameters_of(tensors: Mapping[str, Tensor]) -> ChainHyperparameters | None:
    """What these tensors tell of their chain; None where they are none."""
    count = len(tensors) // 2
    keys = {f"model.{2 * i}.{kind}" for i in range(count) for kind in ("weight", "bias")}
    if count < 2 or set(tensors) != keys:
        return None
    first, last = tensors["model.0.weight"], tensors[f"model.{2 * count - 2}.weight"]
    if first.ndim != 4 or last.ndim != 4:
        return None
    return ChainHyperparameters(first.shape[1], first.shape[0], last.shape[0], count)
