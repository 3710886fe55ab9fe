"""Convolutions of 3 x 3 with a ReLU between each two: ``model.0``, ``model.2``, ``model.4``, ..."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
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


def initialised(chain: nn.Sequential, *, batch_norm: bool) -> nn.Sequential:
    """The chain as training begins.

    K. He et al., Delving deep into rectifiers, ICCV 2015, equation 10: weights whose variance keeps
    that of the signal. Between the first and the last convolution, batch normalisation takes the
    place of the bias: S. Ioffe, C. Szegedy, Batch normalization, ICML 2015.
    """
    convolutions = [it for it in chain if isinstance(it, nn.Conv2d)]
    layers: list[nn.Module] = []
    for place, convolution in enumerate(convolutions):
        between = 0 < place < len(convolutions) - 1 and batch_norm
        taken, given = convolution.in_channels, convolution.out_channels
        fresh = nn.Conv2d(taken, given, 3, padding=1, bias=not between)
        nn.init.kaiming_normal_(fresh.weight, nonlinearity="relu")
        if fresh.bias is not None:
            nn.init.zeros_(fresh.bias)
        layers += [fresh, *([nn.BatchNorm2d(given)] if between else []), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers[:-1])


def merged(chain: nn.Sequential) -> dict[str, Tensor]:
    """The tensors of the plain chain that does what this one, trained, does."""
    tensors: list[tuple[Tensor, Tensor]] = []
    for layer in chain:
        if isinstance(layer, nn.Conv2d):
            bias = torch.zeros_like(layer.weight[:, 0, 0, 0]) if layer.bias is None else layer.bias
            tensors.append((layer.weight.detach(), bias.detach()))
        elif isinstance(layer, nn.BatchNorm2d):
            state = layer.state_dict()
            share = state["weight"] / torch.sqrt(state["running_var"] + layer.eps)
            weight, bias = tensors.pop()
            shift = state["bias"] + (bias - state["running_mean"]) * share
            tensors.append((weight * share[:, None, None, None], shift))
    names = ("weight", "bias")
    return {
        f"model.{2 * place}.{name}": value
        for place, pair in enumerate(tensors)
        for name, value in zip(names, pair, strict=True)
    }
