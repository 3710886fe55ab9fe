"""VDSR: a deep chain of convolutions that sharpens the luma of an enlarged picture.

The picture is enlarged first, by bicubic; the network predicts what is missing from it, and one
set of weights serves all scales. Kim, Lee, Lee, Accurate image super-resolution using very deep
convolutional networks, CVPR 2016, section 3.1: 20 layers of 3 x 3, 64 wide, ReLU between them,
and the input added to the output.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import fill, initialise, load
from restorekit.architectures._matconvnet import convolution
from restorekit.contracts import Architecture, Network
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping


class VDSR(nn.Module):
    """The network; see the module's text.

    Args:
        features: Width of the chain.
        convolutions: Of the chain, the first and the last included; at least 2.
        channels: Of the picture; the released weights are for luma alone.
    """

    def __init__(self, features: int, convolutions: int, channels: int = 1) -> None:
        super().__init__()
        widths = [channels, *[features] * (convolutions - 1), channels]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1) for before, after in pairwise(widths)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, channels, H, W)`` in [0, 1], enlarged, to the same size."""
        y = x
        for layer in self.layers[:-1]:
            y = F.relu_(layer(y))
        return x + self.layers[-1](y)


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a VDSR."""
    count = len(tensors) // 2
    keys = {f"layers.{i}.{kind}" for i in range(count) for kind in ("weight", "bias")}
    if count < 2 or set(tensors) != keys:
        return False
    return tensors["layers.0.weight"].ndim == 4 and tensors["layers.0.weight"].shape[1] == 1


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any VDSR.
    """
    hyperparameters = {
        "features": tensors["layers.0.weight"].shape[0],
        "convolutions": len(tensors) // 2,
    }
    with torch.device("meta"):
        module = VDSR(**hyperparameters)
    load(module, tensors, "VDSR")
    return Network(
        module=module,
        architecture="vdsr",
        scale=1,
        channels=1,
        receptive_field=hyperparameters["convolutions"],
        overlap=2 * hyperparameters["convolutions"],
        tile=256,
        # bfloat16 costs 0.16 dB on Set5 at 4 times, even with the picture left in float32.
        precisions=frozenset({"fp32"}),
        luma=True,
        enlarged=True,
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """A VDSR as training begins: He's weights (section 3.3), no biases."""
    module = VDSR(**hyperparameters)
    for layer in module.layers:
        initialise(layer, nn.init.kaiming_normal_, nonlinearity="relu")
    return module


def from_matlab(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict from the authors' file: ``model`` with cells ``weight`` and ``bias``.

    Raises:
        CheckpointError: The file is another network's.
    """
    model = content.get("model")
    weights, biases = (getattr(model, name, None) for name in ("weight", "bias"))
    if not isinstance(weights, list) or not isinstance(biases, list):
        raise CheckpointError(
            "the file is no VDSR",
            expected="model.weight and model.bias",
            got=", ".join(sorted(content)) or "no variables",
        )
    try:
        pairs = zip(weights, biases, strict=True)
        arrays = [array for pair in pairs for array in convolution(*pair)]
    except ValueError as error:
        raise CheckpointError("the file is no VDSR", got=str(error)) from error
    with torch.device("meta"):
        template = VDSR(np.size(biases[0]), len(weights)).state_dict()
    return fill(template, arrays, "VDSR")


ARCHITECTURE = Architecture("vdsr", detect, build, from_matlab=from_matlab, untrained=untrained)
